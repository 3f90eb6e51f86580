"""The check has to fail when it should: these feed it figures and expect its verdicts.

    Tests/Benchmarks/counts.sh --self-test
"""
import tempfile
import unittest

from .checking import summary, unknown, verdicts
from .thresholds import MARGINS, bound_of, compare, load, save, set_from

FIGURES = {"allocations": 3.0, "sends": 1.0, "again": 0.0, "instructions": 50000}
THRESHOLDS = set_from({"refused": FIGURES})


def compared(**changes):
    """The comparisons of a scenario whose figures differ by `changes` from those of the bounds."""
    return compare("refused", {**FIGURES, **changes}, THRESHOLDS)


class ThresholdTests(unittest.TestCase):
    def test_same_figures_pass(self):
        self.assertTrue(all(each.passed for each in compared()))
        self.assertEqual(summary(compared())[-1], "4 passed, 0 failed")

    def test_one_more_of_any_count_fails(self):
        for measure in ("allocations", "sends", "again"):
            failed = [each for each in compared(**{measure: FIGURES[measure] + 1}) if not each.passed]
            self.assertEqual([each.measure for each in failed], [measure])

    def test_complaint_names_everything(self):
        lines = summary(compared(instructions=60000))
        self.assertEqual(lines[-1], "3 passed, 1 failed")
        for part in ("refused, instructions", "60,000", "55,000", "counts.sh --profile refused",
                     "thresholds.json"):
            self.assertIn(part, lines[-2])

    def test_figure_without_bound_fails(self):
        failed = [each for each in compared(wakeups=1.0) if not each.passed]
        self.assertEqual([each.measure for each in failed], ["wakeups"])
        self.assertIn("no bound", failed[0].complaint())

    def test_bound_without_figure_fails(self):
        failed = [each for each in compare("refused", {}, THRESHOLDS) if not each.passed]
        self.assertEqual(len(failed), len(FIGURES))
        self.assertEqual(len(unknown({"renamed": THRESHOLDS["refused"]})), len(FIGURES))

    def test_exceeded_bound_is_counted_once_more(self):
        def counts(*sends):
            given = iter(sends)
            return lambda: {**FIGURES, "sends": next(given)}

        self.assertTrue(all(each.passed for each in verdicts("refused", counts(2.0, 1.0), THRESHOLDS)))
        self.assertFalse(all(each.passed for each in verdicts("refused", counts(2.0, 1.9), THRESHOLDS)))

    def test_figure_far_below_its_bound_is_a_hint(self):
        self.assertEqual([each.measure for each in compared(instructions=40000) if each.is_loose],
                         ["instructions"])
        self.assertFalse(any(each.is_loose for each in compared()))

    def test_every_margin_leaves_room(self):
        for measure in MARGINS:
            self.assertGreater(bound_of("refused", measure, 1.0), 1.0)

    def test_saved_thresholds_are_read_back(self):
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            save(file.name, THRESHOLDS)
            self.assertEqual(load(file.name), THRESHOLDS)


if __name__ == "__main__":
    unittest.main()
