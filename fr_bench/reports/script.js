"use strict";
// Nothing here is needed to read the page. It opens folded tables for printing, sorts tables, and reads plots off.
addEventListener("beforeprint", function () {
  document.querySelectorAll("details:not([open])").forEach(function (one) { one.open = true; one.dataset.opened = ""; });
});
addEventListener("afterprint", function () {
  document.querySelectorAll("details[data-opened]").forEach(function (one) { one.open = false; delete one.dataset.opened; });
});

document.querySelectorAll("table[data-sortable]").forEach(function (table) {
  var body = table.tBodies[0], rows = Array.from(body.rows);
  if (rows.length < 3) return;
  Array.from(table.tHead.rows[0].cells).forEach(function (head, column) {
    var button = document.createElement("button");
    button.type = "button";
    button.title = table.dataset.sortable;
    while (head.firstChild) button.appendChild(head.firstChild);
    head.appendChild(button);
    button.addEventListener("click", function () {
      var down = head.getAttribute("aria-sort") === "ascending";
      Array.from(table.tHead.rows[0].cells).forEach(function (other) { other.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      var keyed = rows.map(function (row, place) {
        var cell = row.cells[column], told = cell.dataset.order;
        var text = told === undefined ? cell.textContent.trim() : told;
        return { row: row, place: place, text: text, number: told === undefined || text.trim() === "" ? NaN : Number(text) };
      });
      var numeric = keyed.some(function (one) { return !isNaN(one.number); });
      keyed.sort(function (a, b) {
        var order;
        if (numeric) {
          // cells without a number stay at the end, whichever way the column is sorted
          if (isNaN(a.number) || isNaN(b.number)) return isNaN(a.number) - isNaN(b.number) || a.place - b.place;
          order = a.number - b.number;
        } else {
          order = a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
        }
        return (down ? -order : order) || a.place - b.place;
      });
      keyed.forEach(function (one) { body.appendChild(one.row); });
    });
  });
});

var readings = JSON.parse(document.getElementById("points").textContent);
document.querySelectorAll(".drawing[data-points]").forEach(function (drawing) {
  var points = readings[drawing.dataset.points], svg = drawing.querySelector("svg");
  var dot = document.createElementNS(svg.namespaceURI, "circle"), output = document.createElement("output"), current = -1;
  dot.setAttribute("r", "4");
  dot.setAttribute("class", "reading");
  dot.setAttribute("visibility", "hidden");
  svg.appendChild(dot);
  output.textContent = drawing.dataset.hint;
  drawing.after(output);
  drawing.tabIndex = 0;
  function show(place) {
    current = Math.max(0, Math.min(points.length - 1, place));
    dot.setAttribute("cx", points[current][0]);
    dot.setAttribute("cy", points[current][1]);
    dot.setAttribute("visibility", "visible");
    output.textContent = points[current][2];
  }
  drawing.addEventListener("pointermove", function (event) {
    var at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    var best = 0, least = Infinity;
    points.forEach(function (point, place) {
      var far = Math.pow(point[0] - at.x, 2) + Math.pow((point[1] - at.y) / 3, 2);
      if (far < least) { least = far; best = place; }
    });
    show(best);
  });
  drawing.addEventListener("keydown", function (event) {
    var step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    show(current < 0 ? 0 : current + step);
  });
});
