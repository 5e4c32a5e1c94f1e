from __future__ import annotations

import re

import httpx
import pytest

from app.api.page_routes import PAGE_PATHS, WEB_FOLDER

FILES = sorted(WEB_FOLDER.glob("*.*"))
PAGE_SCRIPTS = {file.name for file in FILES if file.suffix == ".js"} - {"docs.js"}


@pytest.mark.parametrize("path", sorted(PAGE_PATHS))
async def test_pages_come_with_a_strict_content_policy(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path)
    assert response.status_code == 200
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'; trusted-types 'none'" in policy
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("page", ["/", "/docs"])
async def test_whatever_a_page_loads_is_served_here(client: httpx.AsyncClient, page: str) -> None:
    text = (await client.get(page)).text
    linked = re.findall(r'(?:src|href)="(/[^"]*)"', text)
    assert len(linked) >= 4
    for path in linked:
        assert (await client.get(path)).status_code == 200, path


def test_every_file_is_imported_or_linked_and_every_import_is_served() -> None:
    texts = [file.read_text() for file in FILES if file.suffix in {".html", ".css", ".js"}]
    used = {path for text in texts for path in re.findall(r'"(/web/[\w.]+)"', text)}
    assert used == {path for path in PAGE_PATHS if path.startswith("/web/")}


@pytest.mark.parametrize("name", [file.name for file in FILES if file.suffix in {".html", ".css", ".js"}])
def test_nothing_is_loaded_from_elsewhere_or_against_the_policy(name: str) -> None:
    text = (WEB_FOLDER / name).read_text()
    assert not re.search(r"https?://", text.replace("http://www.w3.org/2000/svg", ""))
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|\beval\b|document\.write", text)
    assert not re.search(r"\sstyle=|\son[a-z]+=", text)


@pytest.mark.parametrize(("page", "scripts"), [("index.html", PAGE_SCRIPTS), ("docs.html", {"docs.js", "key.js"})])
def test_scripts_only_look_for_elements_that_their_page_has(page: str, scripts: set[str]) -> None:
    wanted = set()
    for script in scripts:
        wanted |= set(re.findall(r'(?:byId|copyOf)\("([\w-]+)"\)', (WEB_FOLDER / script).read_text()))
    assert wanted
    assert wanted <= set(re.findall(r'id="([\w-]+)"', (WEB_FOLDER / page).read_text()))
