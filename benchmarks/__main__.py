"""All benchmarks with modest sizes (`make bench`), each with the stock way beside it. About a quarter of an hour."""

from benchmarks import apps, board, join, kernels, reports, store

join.main(["--phones", "1000", "--visitors", "10"])
board.main(["--phones", "1000", "--steps", "voelen"])
kernels.main(["--kernels", "1", "10", "30", "--rounds", "1"])
apps.main(["--visits", "5"])
reports.main(["--stock", "20", "--teams", "1000"])
store.main(["--teams", "100"])
