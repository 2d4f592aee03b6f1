"""adckg: the open knowledge graph of antibody-drug conjugates (ADCs).

Documents go in, each becomes one named graph of facts with the words that say them; shapes check it; an
embedded store holds it; saved SPARQL queries answer questions from it; and all of it goes out as Turtle.
"""

__version__ = "0.1.0"
