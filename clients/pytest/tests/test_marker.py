"""What the marker of a test says, and what is said of one that cannot be read."""

import pytest

from tt_memwatch import marker
from tt_memwatch.limits import Limits, Peaks

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnknownMarkWarning")


def options_of(pytester, arguments):
    item = pytester.getitem(f"import pytest\n@pytest.mark.memwatch({arguments})\ndef test_it(): pass", "test_it")
    return marker.test_options(item, marker.TestOptions(Limits(total=7)))


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ("'1 MB'", "'1 MB' has no name (did you mean limit='1 MB'?)"),
        ("dram_limt='0'", "there is no argument dram_limt (did you mean dram?)"),
        ("l1_small_limit='0'", "there is no argument l1_small_limit (did you mean l1_small?)"),
        ("L1='0'", "there is no argument L1 (did you mean l1?)"),
        ("limits='0'", "there is no argument limits (did you mean limit?)"),
        ("reson='x'", "there is no argument reson (did you mean reason?)"),
        ("colour=1", "there is no argument colour (wanted one of limit, dram, l1, l1_small, trace_limit, peak, *)"),
        ("limit='much'", "limit is 'much' (wanted a size, such as limit='64 KB' or limit=4096 *)"),
        ("limit=True", "limit is True (*"),
        ("trace_peak='lots'", "trace_peak is 'lots' (wanted a size, *"),
        ("limit=4096.0", "limit is 4096.0 (*"),
        ("trace=None", "trace is None (*"),
        ("dram=10**5000", "dram is a value of type int (*"),
        ("l1='x' * 61", "l1 is a text of 61 characters (*"),
        ("skip='no'", "skip is 'no' (wanted True or False)"),
        ("unsafe=1", "unsafe is 1 (wanted True or False)"),
        ("known='x', strict=None", "strict is None (wanted True or False)"),
        ("reason=5", "reason is 5 (wanted a text of up to 5,000 characters, such as reason='*')"),
        ("reason='x' * 5001", "reason is a text of 5,001 characters (*"),
        ("known=True", "known is True (wanted a text *"),
        ("known=''", "known is '' (wanted a text *"),
        ("known='x', ref=object()", "ref is a value of type object (wanted a text *"),
        ("ref='x'", "ref and strict belong to a known leak (wanted known='*' as well)"),
        ("strict=True", "ref and strict belong to a known leak (*"),
    ],
)
def test_a_fault_names_the_argument_what_was_given_and_what_is_right(pytester, arguments, fault):
    [found] = options_of(pytester, arguments).faults
    assert found == fault or ("*" in fault and found.startswith(fault.split("*")[0]))


def test_the_rest_of_a_bad_marker_holds(pytester):
    options = options_of(pytester, "l1='64 KB', dram='x', unsafe=True, known='why', ref=3, skip=0")
    assert options.limits == Limits(total=7, per_type={"L1": 65536})
    assert (options.unsafe, options.skip, options.known) == (True, False, marker.KnownLeak("why", None, False))
    assert [fault.split()[0] for fault in options.faults] == ["skip", "dram", "ref"]


def test_peaks_are_limits_of_their_own(pytester):
    options = options_of(pytester, "peak='1 MB', dram_peak=4096, l1_core_peak='900 KB'")
    assert options.limits == Limits(total=7, peaks=Peaks(1 << 20, {"DRAM": 4096}, 921_600))


@pytest.mark.parametrize(
    "arguments", ["", "limit=0", "limit='1 MB', reason=None", "known=None", "known='x', ref=None", "skip=False"]
)
def test_a_good_marker_has_no_fault(pytester, arguments):
    assert options_of(pytester, arguments).faults == []
