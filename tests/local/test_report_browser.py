"""A report opened in a real browser: what it shows, by keys too, and that nothing leaves and nothing runs in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from awa_batch.report import gather, page
from tests.browser import Page, browser
from tests.report_support import HOSTILE, START, Account, heads, many, small

READY = "document.documentElement?.dataset.ready"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Page]]:
    with browser(tmp_path_factory.mktemp("profile")) as new:
        yield new


def written(folder: Path, account: Account, *, most: int = 10_000, lang: str = "en") -> Path:
    clients: Any = account
    report = gather(clients, heads(account), now=START / 1000 + 120, most=most)
    file = folder / "report.html"
    file.write_text(page(report, title=HOSTILE, environment="local", lang=lang))
    return file


def quiet(shown: Page, file: Path) -> None:
    """Nothing was said, nothing was asked for but the file itself."""
    assert shown.said == []
    assert set(shown.requests) == {file.as_uri()}


def test_all_parts_are_there_and_hostile_names_are_text(pages: Callable[[], Page], tmp_path: Path) -> None:
    shown, file = pages(), written(tmp_path, small())
    shown.open(file, READY)
    assert shown.eval("document.querySelector('h1').textContent") == HOSTILE
    assert shown.eval("document.querySelectorAll('img, iframe, link').length") == 0
    assert shown.eval("document.scripts.length") == 2
    assert shown.eval("document.querySelectorAll('#states button').length") == 5
    assert shown.eval("document.querySelectorAll('.cause').length") == 3
    assert "</script><script>alert(3)" in shown.eval("document.querySelector('.cause pre').textContent")
    assert "retry" in shown.eval(
        "document.querySelector('.cause li').textContent + document.querySelector('.cause ul').textContent"
    )
    assert shown.eval("document.querySelectorAll('#over polygon').length") == 4
    assert shown.eval("document.querySelectorAll('#waited rect').length") > 2
    assert shown.eval("document.querySelectorAll('#body tr').length") == 12
    costs = "[...document.querySelectorAll('#sums-body td')].map((one) => one.textContent)"
    assert shown.eval(costs)[0] == "awa-batch-local-ec2-sample"
    assert "\u2013" in shown.eval(costs)[-1]  # from the cheapest to the dearest instance of the pool
    assert HOSTILE in shown.eval("document.getElementById('body').textContent")
    drawn = """(() => { const c = document.getElementById('timeline'), seen = new Set();
      const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
      for (let i = 0; i < d.length; i += 4) if (d[i + 3] === 255) seen.add((d[i] << 16) + (d[i + 1] << 8) + d[i + 2]);
      return [0xa3aab4, 0xe0a100, 0x2f6fde, 0x2c9a5b, 0xcf2e3a].filter((one) => !seen.has(one)); })()"""
    assert shown.eval(drawn) == []  # each kind of span has its colour on it
    quiet(shown, file)


def test_the_policy_refuses_what_the_page_itself_never_does(pages: Callable[[], Page], tmp_path: Path) -> None:
    shown, file = pages(), written(tmp_path, small())
    shown.open(file, READY)
    shown.eval(
        "{ const s = document.createElement('img'); s.src = 'https://example.com/x.png'; document.body.append(s); }"
    )
    assert shown.eval("fetch('https://example.com/').then(() => 'went', () => 'refused')") == "refused"
    assert (
        shown.eval("(() => { try { document.body.innerHTML = '<b>'; return 'set' } catch { return 'refused' } })()")
        == "refused"
    )
    assert len(shown.said) >= 2  # the browser tells of what it refused


def test_keys_do_all_of_it(pages: Callable[[], Page], tmp_path: Path) -> None:
    shown, file = pages(), written(tmp_path, small())
    shown.open(file, READY)
    shown.eval("document.getElementById('timeline').focus()")
    for _ in range(3):
        shown.press("ArrowDown")
    assert HOSTILE[:20] in shown.eval("document.getElementById('hint').textContent")
    shown.press("Enter")
    assert shown.eval("document.activeElement.dataset.job") == "2"
    detail = shown.eval("document.querySelector('tr.detail').textContent")
    assert "run_batch.py etl --token ****" in detail
    assert "sha256:abab" in detail
    shown.press("Enter")  # the button that has the focus closes it
    assert shown.eval("document.querySelectorAll('tr.detail').length") == 0
    shown.eval("document.querySelector('[data-column=ran] button').focus()")
    shown.press("Enter")
    shown.press("Enter")
    assert shown.eval("document.querySelector('[data-column=ran]').ariaSort") == "descending"
    assert shown.eval("document.querySelector('#body button').textContent") == "first"
    shown.eval("document.getElementById('find').focus()")
    shown.type("array")
    shown.until("document.querySelectorAll('#body tr').length === 3")
    shown.press("Enter")  # a form that is never sent
    shown.eval("document.querySelector('#filters [type=reset]').focus()")
    shown.press("Enter")
    shown.until("document.querySelectorAll('#body tr').length === 12")
    shown.eval("document.querySelector('#states .FAILED').focus()")
    shown.press(" ")
    shown.until("document.querySelectorAll('#body tr').length === 3")
    quiet(shown, file)


def test_languages_light_and_dark_and_paper(pages: Callable[[], Page], tmp_path: Path) -> None:
    shown, file = pages(), written(tmp_path, small(), lang="ja")
    shown.open(file, READY)
    assert shown.eval("document.getElementById('h-failures').textContent") == "原因別の失敗"
    light = shown.eval("getComputedStyle(document.body).backgroundColor")
    shown.eval("{ const s = document.getElementById('lang'); s.value = 'en'; s.dispatchEvent(new Event('change')); }")
    assert shown.eval("document.getElementById('h-failures').textContent") == "Failures by cause"
    assert shown.eval("document.documentElement.lang") == "en"
    shown.open(file, READY, dark=True, width=480)
    assert shown.eval("getComputedStyle(document.body).backgroundColor") != light
    assert shown.eval("document.documentElement.scrollWidth <= 480")  # wide tables scroll by themselves
    assert shown.printed().startswith(b"%PDF")
    quiet(shown, file)


def test_events_have_a_colour_of_their_own(pages: Callable[[], Page], tmp_path: Path) -> None:
    account = small()
    detail = {"jobId": "waits", "status": "STARTING"}
    account.events = [{"id": "1", "at": START + 80_000, "detail-type": "Batch Job State Change", "detail": detail}]
    shown, file = pages(), written(tmp_path, account)
    shown.open(file, READY)
    assert "(STARTING)" in shown.eval("document.getElementById('legend').textContent")
    shown.open(written(tmp_path, small()), READY)
    assert "(STARTING)" not in shown.eval("document.getElementById('legend').textContent")
    quiet(shown, file)


def test_a_report_of_nothing_opens(pages: Callable[[], Page], tmp_path: Path) -> None:
    shown, file = pages(), written(tmp_path, Account([]))
    shown.open(file, READY)
    assert shown.eval("document.querySelector('main').innerText").split() == ["Overview", "No", "jobs."]
    quiet(shown, file)


def test_ten_thousand_jobs_open_quickly_and_stay_usable(pages: Callable[[], Page], tmp_path: Path) -> None:
    shown, file = pages(), written(tmp_path, many(10_000, array=4_000))
    assert shown.open(file, READY) < 20  # 0.5 s on a machine with nothing else to do; the aim is 2
    assert shown.eval("document.querySelectorAll('#body tr').length") == 100
    assert shown.eval("document.getElementsByTagName('*').length") < 5_000
    shown.eval("document.getElementById('next').click()")
    assert shown.eval("document.getElementById('shown').textContent").startswith("101\u2013200")
    sort = "document.querySelector('[data-column=waited] button').click()"
    assert shown.eval(f"(() => {{ const t = performance.now(); {sort}; return performance.now() - t; }})()") < 5_000
    quiet(shown, file)


def test_more_jobs_than_it_shows_are_said_to_be_missing(pages: Callable[[], Page], tmp_path: Path) -> None:
    shown, file = pages(), written(tmp_path, many(900, array=600), most=200)
    shown.open(file, READY)
    assert "700 jobs are in the numbers" in shown.eval("document.getElementById('missing').textContent")
    quiet(shown, file)
