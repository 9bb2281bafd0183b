import unittest

from count_results import count


class CountResults(unittest.TestCase):
    def test_ctest(self):
        self.assertEqual(count("98% tests passed, 2 tests failed out of 120\n"), (118, 2, 0))

    def test_node(self):
        self.assertEqual(count("# tests 5\n# pass 3\n# fail 1\n# cancelled 0\n# skipped 1\n# todo 0\n"), (3, 1, 1))

    def test_vitest(self):
        self.assertEqual(count(" Test Files  2 passed (2)\n      Tests  1 failed | 40 passed (41)\n"), (40, 1, 0))

    def test_unittest(self):
        self.assertEqual(count("Ran 7 tests in 0.1s\n\nFAILED (failures=1, errors=1)\n"), (5, 2, 0))

    def test_fuzz(self):
        self.assertEqual(count("fuzz: 12 passed, 0 failed\n"), (12, 0, 0))

    def test_a_log_without_results_counts_nothing(self):
        self.assertEqual(count("g++: fatal error\n"), (0, 0, 0))


if __name__ == "__main__":
    unittest.main()
