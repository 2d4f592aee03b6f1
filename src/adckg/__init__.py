"""adckg: the open knowledge graph of antibody-drug conjugates (ADCs).

Documents go in, each becomes one named graph of facts with the words that say them; shapes check it; an
embedded store holds it; saved SPARQL queries answer questions from it; and all of it goes out as Turtle.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adckg.api import KnowledgeGraph

__all__ = ["KnowledgeGraph", "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Load what is behind `from adckg import KnowledgeGraph` only when it is asked for: the command line starts faster."""
    if name == "KnowledgeGraph":
        from adckg.api import KnowledgeGraph

        return KnowledgeGraph
    raise AttributeError(f"module 'adckg' has no attribute {name!r}")
