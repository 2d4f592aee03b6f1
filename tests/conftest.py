"""Settings of all tests."""

from hypothesis import settings

# the same examples in every run: what passes today passes tomorrow; `--hypothesis-seed=random` looks further
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")
