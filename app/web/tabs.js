// Tabs, as the ARIA practices describe them: arrow keys move, Home and End jump, the address remembers.

/** Wire the tabs of `list`; the address's fragment names the panel that is shown. */
export function startTabs(list) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];
  const panelOf = (tab) => document.getElementById(tab.getAttribute("aria-controls"));

  function show(chosen) {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", isChosen);
      tab.tabIndex = isChosen ? 0 : -1;
      panelOf(tab).hidden = !isChosen;
    }
  }

  function showAddressed() {
    show(tabs.find((tab) => `#${panelOf(tab).id}` === location.hash) ?? tabs[0]);
  }

  function choose(tab) {
    history.replaceState(null, "", `#${panelOf(tab).id}`);
    show(tab);
    scrollTo(0, 0);
  }

  for (const tab of tabs) tab.addEventListener("click", () => choose(tab));
  list.addEventListener("keydown", (event) => {
    const index = tabs.indexOf(document.activeElement);
    const next = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: -1 }[event.key];
    if (next === undefined || index < 0) return;
    event.preventDefault();
    const tab = tabs.at(next % tabs.length);
    tab.focus();
    choose(tab);
  });
  addEventListener("hashchange", showAddressed);
  showAddressed();
}
