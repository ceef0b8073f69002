"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const [pane, drawing, edges, nodes] = ["pane", "drawing", "edges", "nodes"].map(byId);
  const [detail, search, found, said] = ["detail", "search", "found", "said"].map(byId);
  const radios = [...document.querySelectorAll("input[name=steps]")];
  const { tables, links } = data;
  const overview = { edges: [...edges.children], nodes: [...nodes.children], size: sizeOf(drawing) };
  const large = overview.nodes.length !== tables.length || overview.nodes.some((n) => n.getAttribute("href")[1] === "s");
  const schemas = large ? overview.nodes.map((n) => n.querySelector(".name").textContent) : [];
  const state = { table: null, steps: 0, scale: 1, focus: null };
  const before = []; // states to go back to

  // --- which tables are near

  const neighbours = tables.map(() => new Set());
  for (const [source, target] of links) {
    neighbours[source].add(target);
    neighbours[target].add(source);
  }

  function within(table, steps) {
    const near = new Set([table]);
    for (let step = 0; step < steps; step += 1)
      for (const one of [...near]) for (const other of neighbours[one]) near.add(other);
    return [...near].sort((a, b) => a - b);
  }

  // --- where they are drawn: the same way as snapshot/report/layout.py

  const BOX = 40, GAP = 22, LANE = 12, BETWEEN = 96, MARGIN = 24, ASIDE = 12;

  function columnsOf(chosen, shown) {
    const layer = new Map();
    for (const table of chosen) {
      const others = shown.flatMap(([s, t]) => (s === table ? [t] : t === table ? [s] : []));
      const before = others.filter((other) => other < table).map((other) => layer.get(other));
      layer.set(table, 1 + Math.max(-1, ...before));
    }
    const columns = [];
    for (let depth = 0; depth <= Math.max(...layer.values()); depth += 1) {
      const row = chosen.filter((table) => layer.get(table) === depth);
      const size = Math.ceil(row.length / Math.ceil(row.length / data.wrap));
      for (let start = 0; start < row.length; start += size) columns.push(row.slice(start, start + size));
    }
    return columns;
  }

  function arrange(chosen, shown) {
    const slots = columnsOf(chosen, shown).map((column, at) =>
      column.map((table) => ({ table, at, height: BOX, y: 0, left: new Set(), right: new Set() })));
    const own = new Map(slots.flat().map((slot) => [slot.table, slot]));
    const lanes = new Map();
    const routes = shown.filter(([s, t]) => s !== t).map((link) => {
      const [first, last] = [own.get(link[0]), own.get(link[1])];
      const step = Math.sign(last.at - first.at);
      const route = [first];
      for (let at = first.at + step; at !== last.at; at += step) {
        const key = [link[1], link[2], step, at].join();
        if (!lanes.has(key)) {
          lanes.set(key, { table: null, at, height: LANE, y: 0, left: new Set(), right: new Set() });
          slots[at].push(lanes.get(key));
        }
        route.push(lanes.get(key));
      }
      route.push(last);
      route.slice(1).forEach((b, i) => {
        const [left, right] = step > 0 ? [route[i], b] : [b, route[i]];
        left.right.add(right);
        right.left.add(left);
      });
      return { link, route, step };
    });
    order(slots);
    align(slots);
    return place(slots, own, routes);
  }

  const mean = (others, other) =>
    others.length ? others.reduce((sum, slot) => sum + slot.y, 0) / others.length : other;
  const number = (column) => column.forEach((slot, position) => { slot.y = position; });
  const swept = (slots, sweep) => (sweep % 2 ? [...slots].reverse() : slots);

  function order(slots) {
    slots.forEach(number);
    for (let sweep = 0; sweep < data.sweeps; sweep += 1)
      for (const column of swept(slots, sweep)) {
        const means = new Map(column.map((s) => [s, mean([...(sweep % 2 ? s.right : s.left)], s.y)]));
        column.sort((a, b) => means.get(a) - means.get(b));
        number(column);
      }
  }

  function align(slots) {
    for (const column of slots) spread(column, column.map(() => 0));
    for (let sweep = 0; sweep < data.sweeps; sweep += 1)
      for (const column of swept(slots, sweep))
        spread(column, column.map((s) => mean([...s.left, ...s.right], s.y)));
    const top = Math.min(...slots.flat().map((s) => s.y - s.height / 2));
    for (const slot of slots.flat()) slot.y += MARGIN - top;
  }

  function spread(column, wanted) {
    const offsets = [0];
    column.slice(1).forEach((slot, i) => offsets.push(offsets[i] + (column[i].height + slot.height) / 2 + GAP));
    const blocks = [];
    wanted.forEach((want, i) => {
      let [total, size] = [want - offsets[i], 1];
      while (blocks.length && blocks.at(-1)[0] / blocks.at(-1)[1] >= total / size) {
        const [sum, many] = blocks.pop();
        [total, size] = [total + sum, size + many];
      }
      blocks.push([total, size]);
    });
    const starts = blocks.flatMap(([total, size]) => Array(size).fill(total / size));
    column.forEach((slot, i) => { slot.y = starts[i] + offsets[i]; });
  }

  function place(slots, own, routes) {
    const spans = [];
    let x = MARGIN;
    for (const column of slots) {
      const width = Math.max(...column.filter((s) => s.table !== null).map((s) => tables[s.table].width));
      spans.push([x, x + width]);
      x += width + BETWEEN;
    }
    const lines = routes.map(({ link, route, step }) => {
      const points = route.flatMap((slot, i) => {
        const [near, far] = step > 0 ? spans[slot.at] : [...spans[slot.at]].reverse();
        const y = slot.y + (step > 0 && slot.table !== null ? ASIDE : 0);
        const ends = [[near, y], [far, y]];
        return i === 0 ? ends.slice(1) : slot === route.at(-1) ? ends.slice(0, 1) : ends;
      });
      const [[x0, y0], [x1, y1]] = points;
      return [link, pathOf(points), link[2] && [x0 + 0.25 * (x1 - x0), y0 + 0.12 * (y1 - y0) + (step > 0 ? 12 : -5)]];
    });
    const boxes = new Map([...own].map(([table, slot]) =>
      [table, { x: spans[slot.at][0], y: slot.y - BOX / 2, width: spans[slot.at][1] - spans[slot.at][0] }]));
    const bottom = Math.max(...slots.flat().map((s) => s.y + s.height / 2));
    return { boxes, lines, size: [x - BETWEEN + MARGIN, bottom + MARGIN] };
  }

  function pathOf(points) {
    let text = `M${points[0].join(" ")}`;
    points.slice(1).forEach(([x, y], i) => {
      const [lastX, lastY] = points[i];
      const middle = (lastX + x) / 2;
      text += i % 2 ? `H${x}` : `C${middle} ${lastY} ${middle} ${y} ${x} ${y}`;
    });
    return text;
  }

  // --- drawing

  function svg(name, attributes, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  function nodeOf(number, box) {
    const { schema, name, rows, marks, changes } = tables[number];
    const below = data.qualified ? `${schema} · ${rows}` : rows;
    const label = [name, below, marks, changes].filter(Boolean).join(" ");
    const line = svg("text", { class: "below", x: box.x + 10, y: box.y + 32 }, svg("tspan", {}, below));
    if (marks) line.append(" ", svg("tspan", { class: "marks" }, marks));
    if (changes) line.append(" ", svg("tspan", { class: "changes" }, changes));
    return svg(
      "a",
      { class: `node${changes ? " changed" : ""}${marks ? " marked" : ""}`, href: `#t${number}`, "data-node": number, "aria-label": label },
      svg("rect", { x: box.x, y: box.y, width: box.width, height: BOX, rx: 4 }),
      svg("text", { class: "name", x: box.x + 10, y: box.y + 17 }, name),
      " ",
      line,
    );
  }

  function edgeOf([source, target, dashed, keys, label], path, word) {
    const attributes = { class: dashed ? "edge deferred" : "edge" };
    Object.assign(attributes, { "data-source": source, "data-target": target, "data-keys": keys });
    const edge = svg("g", attributes, svg("title", {}, label), svg("path", { d: path }));
    if (word) edge.append(svg("text", { x: word[0], y: word[1] }, "deferred"));
    return edge;
  }

  function drawNear(table, steps) {
    const chosen = within(table, steps);
    const inside = new Set(chosen);
    const shown = links.filter(([s, t]) => inside.has(s) && inside.has(t));
    const laid = arrange(chosen, shown);
    const loops = shown.filter(([s, t]) => s === t).map((link) => {
      const box = laid.boxes.get(link[0]);
      return [link, `M${box.x + box.width - 44} ${box.y}c0 -18 30 -18 30 0`];
    });
    edges.replaceChildren(...[...laid.lines, ...loops].map(([link, path, word]) => edgeOf(link, path, word)));
    nodes.replaceChildren(...chosen.map((one) => nodeOf(one, laid.boxes.get(one))));
    return laid.size;
  }

  function sizeOf(element) {
    return ["width", "height"].map((name) => Number(element.getAttribute(name)));
  }

  let size = overview.size;

  function draw() {
    if (state.steps) {
      size = drawNear(state.table, state.steps);
    } else {
      edges.replaceChildren(...overview.edges);
      nodes.replaceChildren(...overview.nodes);
      size = overview.size;
    }
    drawing.setAttribute("viewBox", `0 0 ${size[0]} ${size[1]}`);
    for (const radio of radios) {
      radio.checked = Number(radio.value) === state.steps;
      radio.disabled = radio.value !== "0" && state.table === null;
    }
    for (const node of nodes.children) {
      const chosen = isTable(node) && Number(node.dataset.node) === state.table;
      node.classList.toggle("chosen", chosen);
      if (chosen) node.setAttribute("aria-current", "true");
      else node.removeAttribute("aria-current");
    }
    showDetail();
    fit(0.8); // smaller text is hard to read
    say();
  }

  function say() {
    if (state.table === null) said.textContent = "";
    else {
      const count = nodes.children.length;
      const near = state.steps
        ? `${count.toLocaleString("en")} ${count === 1 ? "table" : "tables"} within ${state.steps === 1 ? "1 step" : "2 steps"} of `
        : "Chosen: ";
      const name = document.createElement("bdi");
      name.textContent = tables[state.table].name;
      said.replaceChildren(near, name);
    }
  }

  function showDetail() {
    detail.hidden = state.table === null;
    if (detail.hidden) return detail.replaceChildren();
    const copy = byId(`t${state.table}`).cloneNode(true);
    for (const element of [copy, ...copy.querySelectorAll("[id]")]) element.removeAttribute("id");
    for (const button of copy.querySelectorAll("[data-show]")) button.remove();
    detail.replaceChildren(...copy.childNodes);
    detail.scrollTop = 0;
  }

  // --- size

  function resize(scale) {
    state.scale = Math.min(4, Math.max(0.1, scale));
    drawing.setAttribute("width", size[0] * state.scale);
    drawing.setAttribute("height", size[1] * state.scale);
  }

  function fit(least) {
    resize(Math.min(1, Math.max(least, (pane.clientWidth - 4) / size[0])));
    const box = state.table === null ? null : nodes.querySelector(".chosen rect");
    if (!box) return;
    const middle = (start, length, view) => (Number(box.getAttribute(start)) + Number(box.getAttribute(length)) / 2) * state.scale - view / 2;
    pane.scrollTo(middle("x", "width", pane.clientWidth), middle("y", "height", pane.clientHeight));
  }

  // --- going there and back

  const isTable = (node) => node.getAttribute("href").startsWith("#t");
  const focusNode = (number) => nodes.querySelector(`[data-node="${number}"]`)?.focus();

  function go(table, steps) {
    const from = document.activeElement;
    before.push({ table: state.table, steps: state.steps, focus: from, node: from.closest?.("[data-node]")?.dataset.node });
    show(table, large && !steps && table !== null ? 1 : steps);
    if (table !== null) focusNode(table);
  }

  function show(table, steps) {
    state.table = table;
    state.steps = table === null ? 0 : steps;
    draw();
  }

  function back() {
    const last = before.pop();
    if (!last) return;
    show(last.table, last.steps);
    if (last.node !== undefined) focusNode(last.node);
    else if (last.focus && last.focus !== document.body) last.focus.focus();
  }

  function overviewAgain() {
    if (state.steps === 0) return;
    go(large ? null : state.table, 0);
  }

  // --- finding

  let options = [];
  let picked = -1;
  const MOST = 50;

  let columns = null; // read from the lists when they are first asked for

  function columnNames() {
    columns ??= tables.map((_, number) =>
      [...byId(`t${number}`).querySelectorAll(".columns bdi")].map((one) => one.textContent));
    return columns;
  }

  function matches(text) {
    const wanted = text.toLowerCase();
    const names = [], others = [];
    tables.forEach(({ schema, name }, number) => {
      if (`${schema}.${name}`.toLowerCase().includes(wanted)) {
        const plain = name.toLowerCase();
        const rank = plain === wanted ? 0 : plain.startsWith(wanted) ? 1 : plain.includes(wanted) ? 2 : 3;
        names.push({ number, rank });
        return;
      }
      const column = columnNames()[number].find((one) => one.toLowerCase().includes(wanted));
      if (column !== undefined) others.push({ number, column });
    });
    names.sort((a, b) => a.rank - b.rank);
    return [...names, ...others];
  }

  function find() {
    const all = search.value ? matches(search.value) : [];
    options = all.slice(0, MOST);
    picked = options.length ? 0 : -1;
    found.replaceChildren(...options.map(({ number, column }, position) => {
      const item = document.createElement("li");
      item.id = `found-${position}`;
      item.setAttribute("role", "option");
      item.dataset.position = position;
      const { schema, name } = tables[number];
      item.append(...[schema, ".", name].map(inline));
      if (column !== undefined) {
        const what = document.createElement("span");
        what.className = "what";
        what.append(" column ", inline(column));
        item.append(what);
      }
      return item;
    }));
    found.hidden = !options.length;
    search.setAttribute("aria-expanded", String(!found.hidden));
    if (search.value)
      said.textContent = all.length > MOST ? `${all.length} found, the first ${MOST} are listed` : `${all.length} found`;
    else say();
    pick(picked);
  }

  function inline(text) {
    const element = document.createElement("bdi");
    element.textContent = text;
    return element;
  }

  function pick(position) {
    picked = position;
    [...found.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === picked)));
    if (picked < 0) return search.removeAttribute("aria-activedescendant");
    search.setAttribute("aria-activedescendant", `found-${picked}`);
    found.children[picked].scrollIntoView({ block: "nearest" });
  }

  function close() {
    search.value = "";
    find();
  }

  function take(position) {
    const { number } = options[position];
    search.focus(); // where Escape leads back to
    close();
    go(number, state.steps);
  }

  search.addEventListener("input", find);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && picked >= 0) take(picked);
    else if (event.key === "ArrowDown" && options.length) pick((picked + 1) % options.length);
    else if (event.key === "ArrowUp" && options.length) pick((picked + options.length - 1) % options.length);
    else if (event.key === "Escape" && search.value) close();
    else if (event.key === "Escape") { search.blur(); back(); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  found.addEventListener("mousedown", (event) => event.preventDefault());
  found.addEventListener("click", (event) => {
    const item = event.target.closest("li");
    if (item) take(Number(item.dataset.position));
  });

  // --- keys and pointer

  function along(node, key) {
    const rect = (one) => {
      const box = one.querySelector("rect");
      return ["x", "y", "width"].map((name) => Number(box.getAttribute(name)));
    };
    const [x, y] = rect(node);
    const sideways = key === "ArrowLeft" || key === "ArrowRight";
    const sign = key === "ArrowLeft" || key === "ArrowUp" ? -1 : 1;
    const joined = new Set();
    for (const edge of edges.children) {
      const { source, target } = edge.dataset;
      if (source === node.dataset.node) joined.add(target);
      if (target === node.dataset.node) joined.add(source);
    }
    const others = [...nodes.children].filter((one) => {
      const [otherX, otherY] = rect(one);
      if (!sideways) return otherX === x && (otherY - y) * sign > 0;
      return joined.has(one.dataset.node) && (otherX - x) * sign > 0;
    });
    const far = (one) => Math.abs(rect(one)[1] - y) + Math.abs(rect(one)[0] - x);
    others.sort((a, b) => far(a) - far(b))[0]?.focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input[type=search]");
    const node = event.target.closest?.(".node");
    if (event.key === "/" && !typing) search.focus();
    else if (event.key === "Escape") back();
    else if (typing) return;
    else if (node && event.key.startsWith("Arrow")) along(node, event.key);
    else if ((event.key === "1" || event.key === "2") && state.table !== null) go(state.table, Number(event.key));
    else if (event.key === "0") overviewAgain();
    else if (event.key === "+" || event.key === "=") resize(state.scale * 1.25);
    else if (event.key === "-") resize(state.scale / 1.25);
    else return;
    event.preventDefault();
  });

  drawing.addEventListener("click", (event) => {
    const node = event.target.closest(".node");
    if (!node) return;
    event.preventDefault();
    if (isTable(node)) go(Number(node.dataset.node), state.steps);
    else {
      search.focus();
      search.value = `${schemas[node.dataset.node]}.`;
      find();
    }
  });

  function near(event, on) {
    const node = event.target.closest(".node");
    if (!node) return;
    for (const edge of edges.children)
      if (edge.dataset.source === node.dataset.node || edge.dataset.target === node.dataset.node)
        edge.classList.toggle("near", on);
  }
  for (const [name, on] of [["pointerover", true], ["focusin", true], ["pointerout", false], ["focusout", false]])
    nodes.addEventListener(name, (event) => near(event, on));

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show]");
    const link = event.target.closest("#detail a[href^='#t']");
    if (!button && !link) return;
    event.preventDefault();
    go(Number(button ? button.dataset.show : link.getAttribute("href").slice(2)), state.steps);
    if (button) byId("graph").scrollIntoView();
  });

  for (const radio of radios)
    radio.addEventListener("change", () => {
      if (radio.value === "0") overviewAgain();
      else go(state.table, Number(radio.value));
      radio.focus();
    });
  byId("larger").addEventListener("click", () => resize(state.scale * 1.25));
  byId("smaller").addEventListener("click", () => resize(state.scale / 1.25));
  byId("fit").addEventListener("click", () => fit(0.1));
  pane.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    resize(state.scale * (event.deltaY < 0 ? 1.1 : 1 / 1.1));
  }, { passive: false });

  let drag = null;
  pane.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button === 0 && !event.target.closest(".node"))
      drag = { x: event.clientX + pane.scrollLeft, y: event.clientY + pane.scrollTop };
  });
  window.addEventListener("pointermove", (event) => {
    if (drag) pane.scrollTo(drag.x - event.clientX, drag.y - event.clientY);
  });
  window.addEventListener("pointerup", () => { drag = null; });

  document.body.classList.add("js");
  draw();
})();
