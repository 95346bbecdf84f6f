"""Opens the pages and uses them: python3 look.py FOLDER. Ends with an error at the first thing that does not hold."""

import json
import pathlib
import sys

from browser import Browser

SECONDS = 2.0
OPENED = 30
SHOWN = "[...document.querySelectorAll('.finding:not([hidden])')]"


def same(got, wanted, what):
    assert got == wanted, f"{what}: {got!r}, not {wanted!r}"
    print(f"  {what}")


def holds(is_so, what):
    assert is_so, what
    print(f"  {what}")


def opens_soon(page, address):
    """Until the page is loaded, its script has run and the first rows are drawn. By the clock a busy machine is slow at all."""
    page.open("about:blank")
    before = page.worked()
    page.open(address)
    page.settle()
    worked = page.worked() - before
    load, paint = page.run("""[performance.getEntriesByType('navigation')[0].loadEventEnd,
        performance.getEntriesByName('first-contentful-paint')[0].startTime]""")
    rows = page.run("document.querySelectorAll('.finding').length")
    holds(0 < worked < SECONDS, f"{rows} rows open in {worked:.2f} s of work (by the clock: drawn after {paint:.0f} ms, loaded {load:.0f} ms)")
    return rows


def works(page):
    """Clicks, filters, keys and the address, on a report of two clouds."""
    count = page.run(f"{SHOWN}.length")
    same(page.run("document.querySelectorAll('.finding[open]').length"), 0, "all findings are closed at first")

    first = page.run(f"{SHOWN}.find((row) => row.querySelector('.place').textContent === 'status').id")
    row = f'.finding[id="{first}"]'
    page.click(f"{row} > summary")
    same(page.run("document.querySelectorAll('.finding[open] .side .answer').length"), 2, "a click opens both sides' exchanges")
    same(page.run("[...document.querySelectorAll('.finding[open] .line.place')].map((line) => line.textContent.slice(0, 8)).join()"),
         "HTTP/1.1,HTTP/1.1", "the status lines, which differ, are marked")
    same(page.run("location.hash"), f"#{first}", "the address names the finding")
    page.click(f"{row} .commands > summary")
    holds(page.run("document.querySelector('.finding[open] .commands pre').checkVisibility()"), "its commands are shown")
    page.click(f"{row} > summary")
    same(page.run("document.querySelectorAll('.finding[open]').length"), 0, "a click closes it")

    for impact in ("cosmetic", "drifts", "degrades"):
        page.click(f"#impacts [data-impact={impact}]")
    holds(page.run(f"{SHOWN}.every((row) => row.querySelector('.impact.breaks'))"), "by impact: what is left breaks")
    broken = page.run(f"{SHOWN}.length")
    holds(0 < broken < count, f"{broken} of {count} are left")
    page.click("#ways [data-from='0']")
    on = page.run(f"{SHOWN}.length")
    counted = page.run(f"{SHOWN}.filter((row) => !row.closest('[data-group=unconfirmed]')).length")
    holds(page.run(f"{SHOWN}.every((row) => row.querySelector('.way').querySelector('.breaks'))"), "by direction: each breaks who moves on")
    shown = int(page.run("document.querySelector('.direction .count.breaks b').textContent"))
    same(counted, shown, "as many as the verdict says")
    holds("impact=breaks" in page.run("location.hash") and "from=0" in page.run("location.hash"), "the filters are in the address")
    address = page.run("location.href")
    page.click("#clear")
    same(page.run(f"{SHOWN}.length"), count, "cleared, all are there")

    page.run("(() => { const s = document.querySelector('#service'); s.value = 'image'; s.dispatchEvent(new Event('change')); })()")
    holds(0 < page.run(f"{SHOWN}.length") < count, "by service")
    page.key("/")
    same(page.run("document.activeElement.id"), "text", "/ goes to the filter")
    for letter in "status":
        page.key(letter)
    holds(0 < page.run(f"{SHOWN}.length"), "by text")
    holds(page.run(f"{SHOWN}.every((row) => text(row.dataset.row).includes('status'))"), "what is left has the text")
    page.key("Escape")
    page.key("Escape")
    same(page.run("document.querySelector('#text').value"), "", "Esc clears it, and leaves it")
    page.click("#clear")

    page.key("j")
    page.key("j")
    page.key("k")
    page.key("j")
    same(page.run(f"{SHOWN}.indexOf(document.activeElement.closest('.finding'))"), 1, "j and k go from finding to finding")
    holds(page.run("getComputedStyle(document.activeElement).outlineStyle !== 'none'"), "what has the focus is seen to have it")
    page.key("Enter")
    same(page.run("document.querySelectorAll('.finding[open]').length"), 1, "Enter opens it")
    page.key("Escape")
    same(page.run("document.querySelectorAll('.finding[open]').length"), 0, "Esc closes it")
    page.key("?")
    holds(page.run("document.querySelector('#keys').open"), "? tells the keys")
    page.key("Escape")

    page.click("tbody[data-service=compute] .service button")
    page.click("tbody[data-service=compute] .differ a")
    holds(0 < page.run(f"{SHOWN}.length") < count, "a behaviour of the matrix that differs filters by its scenario")

    page.open(address)
    page.settle()
    same(page.run(f"{SHOWN}.length"), on, "an address brings its filters back")
    page.open(address.split("#")[0] + f"#{first}")
    page.settle()
    same(page.run("document.querySelector('.finding[open]').id"), first, "an address opens its finding")
    page.run("document.querySelectorAll('.finding').forEach((row) => { row.open = true; })")
    page.settle()
    holds(page.run("[...document.querySelectorAll('.finding')].every((row) => row.querySelector('.detail'))"), "every finding opens")


def is_harmless(page):
    """Of the hostile report the first findings, with all their examples and commands, are opened and looked for what became more
    than text."""
    page.run(f"{SHOWN}.slice(0, {OPENED}).forEach((row) => {{ row.open = true; }})")
    page.settle()
    page.run("document.querySelectorAll('.finding[open] details').forEach((row) => { row.open = true; })")
    page.settle()
    holds(page.run("document.querySelectorAll('.finding[open] .answer').length") >= 2 * OPENED, "their exchanges are shown")
    holds(page.run("document.body.textContent.includes('<script>window.owned=1</script>')"), "hostile text is shown")
    same(page.run("window.owned ?? null"), None, "nothing of it ran")
    same(page.run("document.querySelectorAll('img, iframe, object, embed, base, main style').length"), 0, "nothing of it became an element")
    same(page.run("document.querySelectorAll('script').length"), 3, "the page has its own scripts only")
    holds(not page.run(r"/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200b\u2028\u2029]/.test(document.body.textContent)"),
          "no control or invisible character is in it")
    holds(page.run("document.querySelector('main').textContent.length") < 4_000_000, "values without end are cut")
    holds(page.run("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the window")


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    page = Browser()
    address = {name: (folder / f"{name}.html").as_uri() for name in ("two", "hostile")}

    print("two real clouds")
    page.window(1280, 900)
    opens_soon(page, address["two"])
    works(page)
    same(page.misdeeds(), [], "no request, no error")

    for width, height in ((1600, 1000), (1280, 900), (400, 800)):
        for dark in (False, True):
            page.window(width, height, dark)
            page.open(address["two"])
            page.settle()
            page.shot(folder / f"two-{width}{'-dark' if dark else ''}.png")
            holds(page.run("document.documentElement.scrollWidth <= innerWidth"), f"nothing is wider than {width}")
            paper = page.run("getComputedStyle(document.body).backgroundColor")
            same(paper == "rgb(255, 255, 255)", not dark, "dark where dark is asked for")
    page.window(1280, 900)
    page.open(address["two"])
    pdf = page.print(folder / "two.pdf")
    holds(pdf.startswith(b"%PDF") and pdf.count(b"/Type /Page") > 2, f"it prints: {len(pdf) / 1e6:.1f} MB")
    same(page.misdeeds(), [], "no request, no error")

    page.send("Emulation.setScriptExecutionDisabled", value=True)
    page.events.clear()
    page.send("Page.navigate", url=address["two"])
    page.wait("Page.loadEventFired")
    tree = json.dumps(page.send("DOM.getDocument", depth=-1))
    page.send("Emulation.setScriptExecutionDisabled", value=False)
    holds("moving on" in tree and "coming back" in tree and "sentence" in tree, "without scripts it says the verdict and its findings")

    print("a hostile cloud, and thousands of findings")
    rows = opens_soon(page, address["hostile"])
    holds(rows >= 2000, "there are 2,000 findings at least")
    is_harmless(page)
    same(page.misdeeds(), [], "no request, no error")
    page.shot(folder / "hostile.png")
    page.close()


main()
