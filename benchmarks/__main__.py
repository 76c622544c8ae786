"""All benchmarks with modest sizes (`make bench`), each with the stock way beside it."""

from benchmarks import board, join

join.main(["--phones", "1000", "--visitors", "10"])
board.main(["--phones", "1000", "--steps", "voelen"])
