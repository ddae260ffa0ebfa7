"""Where the tests of part 1 find their files."""

from pathlib import Path

FIXTURES_PATH = Path(__file__).parent / "fixtures"
