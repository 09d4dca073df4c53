
// The list of a registry: fields to search by, and sorting. Each entry is a <tbody>, so that its details move with it.
document.querySelectorAll("table.registry").forEach(function (table) {
  var entries = Array.from(table.tBodies), filters = document.getElementById("filters");
  var count = document.getElementById("count"), fields = Array.from(filters.querySelectorAll("[data-by]"));
  function plain(text) { return text.normalize("NFC").toLowerCase(); }
  var known = entries.map(function (entry) {
    var parts = Array.from(entry.querySelectorAll("[data-label], dl.facts:not(.settings), caption"));
    var words = parts.map(function (part) { return part.textContent; }).join("\n");
    return { entry: entry, text: plain(words), all: plain(entry.textContent), verdicts: JSON.parse(entry.dataset.verdicts) };
  });
  function valid(entry, day) {
    var from = entry.dataset.from, until = entry.dataset.until;
    return from !== undefined && (from === "" || from <= day) && (until === "" || day <= until);
  }
  function fits(one, asked) {
    var words = plain(asked.text || "").split(/\s+/).filter(Boolean);
    // Two digits occur in every other digest by chance: only longer words are looked for in them.
    if (!words.every(function (word) { return (word.length < 8 ? one.text : one.all).indexOf(word) >= 0; })) return false;
    if (asked.vendor && one.entry.dataset.vendor !== asked.vendor) return false;
    if (asked.day && !valid(one.entry, asked.day)) return false;
    if (!asked.scheme && !asked.verdict) return true;
    return one.verdicts.some(function (pair) {
      return (!asked.scheme || pair[0] === asked.scheme) && (!asked.verdict || pair[1] === asked.verdict);
    });
  }
  function show() {
    var asked = {}, left = 0;
    fields.forEach(function (field) { asked[field.dataset.by] = field.value; });
    known.forEach(function (one) {
      one.entry.hidden = !fits(one, asked);
      left += one.entry.hidden ? 0 : 1;
    });
    count.textContent = left ? count.dataset.told.replace("#", left) : count.dataset.none;
  }
  fields.forEach(function (field) { field.addEventListener("input", show); });
  filters.hidden = false;
  show();

  Array.from(table.tHead.rows[0].cells).forEach(function (head, column) {
    var button = document.createElement("button");
    button.type = "button";
    button.title = table.dataset.sort;
    while (head.firstChild) button.appendChild(head.firstChild);
    head.appendChild(button);
    button.addEventListener("click", function () {
      var down = head.getAttribute("aria-sort") === "ascending";
      Array.from(table.tHead.rows[0].cells).forEach(function (other) { other.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      var keyed = entries.map(function (entry, place) {
        var cell = entry.rows[0].cells[column], told = cell.dataset.order;
        return { entry: entry, place: place, text: told === undefined ? plain(cell.textContent.trim()) : told };
      });
      keyed.sort(function (a, b) {
        // entries of which nothing is known stay at the end, whichever way the column is sorted
        if (a.text === "" || b.text === "") return (a.text === "") - (b.text === "") || a.place - b.place;
        var order = a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
        return (down ? -order : order) || a.place - b.place;
      });
      keyed.forEach(function (one) { table.appendChild(one.entry); });
    });
  });
});
