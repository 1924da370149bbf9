"use strict";
(async () => {
  const $ = (id) => document.getElementById(id);
  const packed = Uint8Array.from(atob($("data").textContent.trim()), (c) => c.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const R = JSON.parse(await new Response(unpacked).text());
  const C = {};
  for (const [name, values] of Object.entries(R.columns)) {
    C[name] = Array.isArray(values) ? values : new Array(R.count).fill(values.all);
  }
  const text = (place) => (place === null || place === undefined ? "" : R.texts[place]);
  const TEXTS = ["name", "status", "queue", "definition", "image", "request", "said"];
  for (const name of TEXTS) C[name] = C[name].map(text);
  C.id = C.id.map((id) => (Array.isArray(id) ? `${C.arrays[id[0]]}:${id[1]}` : id));
  const ENDED = new Set(["SUCCEEDED", "FAILED"]);
  const NOW = R.now - R.start, END = R.end - R.start;

  let lang = R.lang;
  const w = (key) => R.words[lang][key] ?? key;
  // Every text goes in as a text node: what a job is called is never markup.
  const el = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children.filter((child) => child !== null));
    return made;
  };
  const svg = (tag, attributes = {}, ...children) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const number = (value) => new Intl.NumberFormat(lang, { maximumFractionDigits: 2 }).format(value);
  const moment = (at, withDate = true) => new Intl.DateTimeFormat(lang, {
    ...(withDate ? { month: "2-digit", day: "2-digit", ...(END > 3e10 ? { year: "numeric" } : {}) } : {}),
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  }).format(new Date(R.start + at));
  const UNITS = { en: [" s", " min", " h", " d"], ja: [" 秒", " 分", " 時間", " 日"] };
  const duration = (seconds) => {
    if (seconds === null || seconds === undefined) return "–";
    const [s, m, h, d] = UNITS[lang];
    if (seconds < 9.95) return `${(Math.round(seconds * 10) / 10).toFixed(1)}${s}`;
    const whole = Math.round(seconds);
    if (whole < 60) return whole + s;
    if (whole < 3600) return `${Math.floor(whole / 60)}${m}${whole % 60 ? ` ${whole % 60}${s}` : ""}`;
    if (whole < 172800) return `${Math.floor(whole / 3600)}${h}${whole % 3600 >= 60 ? ` ${Math.floor((whole % 3600) / 60)}${m}` : ""}`;
    return `${Math.floor(whole / 86400)}${d}`;
  };

  const started = (i) => { for (const run of C.runs[i]) if (run[0] !== null) return run[0]; return null; };
  C.waited = C.id.map((_, i) => {
    const at = started(i);
    return at === null ? null : Math.max(0, at - Math.max(C.created[i], C.ready[i] ?? 0)) / 1000;
  });
  C.ran = C.id.map((_, i) => {
    const run = C.runs[i].at(-1);
    return !run || run[0] === null || run[1] === null ? null : Math.max(0, run[1] - run[0]) / 1000;
  });
  C.attempts = C.runs.map((runs) => runs.length);
  C.verdict = C.cause.map((place) => (place === null ? "" : R.causes[place].verdict));
  C.searched = C.id.map((id, i) => [id, C.name[i], C.image[i], C.request[i], C.definition[i], C.queue[i], C.said[i]]
    .join("\n").toLowerCase());

  // From here: the spans of a job's life, as report/series.py counts them.
  const spans = (i) => whole(i).flatMap(([kind, begin, end]) => {
    const since = kind === "waiting" ? C.starting[i].findLast((at) => begin <= at && at < end) : undefined;
    return since === undefined ? [[kind, begin, end]] : [["waiting", begin, since], ["starting", since, end]];
  });
  const whole = (i) => {
    const found = [];
    let at = C.created[i];
    const over = ENDED.has(C.status[i]);
    const end = over ? C.stopped[i] ?? at : NOW;
    if (C.ready[i] !== null && C.ready[i] > at) {
      const ready = Math.min(C.ready[i], end);
      found.push(["depends", at, ready]);
      at = ready;
    } else if (!C.runs[i].length && C.depends[i] && ["SUBMITTED", "PENDING", "FAILED"].includes(C.status[i])) {
      if (end > at) found.push(["depends", at, end]);
      return found;
    }
    C.runs[i].forEach((run, n) => {
      if (run[0] === null) return;
      if (run[0] > at) found.push(["waiting", at, run[0]]);
      const stop = run[1] ?? end;
      const last = n === C.runs[i].length - 1;
      const kind = run[1] === null && !over ? "running" : last && C.status[i] === "SUCCEEDED" ? "succeeded" : "failed";
      found.push([kind, run[0], stop]);
      at = Math.max(at, stop);
    });
    if (end > at && (!over || !C.runs[i].length)) found.push(["waiting", at, end]);
    return found;
  };

  const COLUMNS = [
    ["job", "id"], ["name", "name", "text"], ["index", "index", "number"], ["status", "status"], ["cause", "verdict"],
    ["queue", "queue", "text"], ["submitted", "created", "number"], ["waited", "waited", "number"], ["ran", "ran", "number"],
    ["attempts", "attempts", "number"], ["exit", "exit", "number"], ["vcpu", "vcpu", "number"], ["memory", "memory", "number"],
    ["gpu", "gpu", "number"], ["used_memory", "used_memory", "number"], ["used_cores", "used_cores", "number"],
    ["cost", "cost", "number"],
  ].filter(([, column]) => C[column] && (!["gpu", "index", "verdict"].includes(column) || C[column].some((v) => v !== null && v !== "")));

  let chosen = [...C.id.keys()];
  let sorted = { column: "created", down: false };
  let first = 0, perPage = 100, opened = null, pointed = null;

  const choose = () => {
    const words = $("find").value.toLowerCase().split(/\s+/).filter(Boolean);
    const status = $("by-status").value, queue = $("by-queue").value, cause = $("by-cause").value;
    chosen = [...C.id.keys()].filter((i) =>
      (!status || C.status[i] === status) && (!queue || C.queue[i] === queue) &&
      (!cause || String(C.cause[i]) === cause) && words.every((word) => C.searched[i].includes(word)));
    const values = C[sorted.column], turn = sorted.down ? -1 : 1;
    const empty = (value) => value === null || value === "";
    const compare = typeof values.find((v) => !empty(v)) === "string" ? (a, b) => (a < b ? -1 : a > b ? 1 : 0) : (a, b) => a - b;
    chosen.sort((a, b) => {
      const one = values[a], other = values[b];
      if (empty(one) || empty(other)) return (empty(one) ? 1 : 0) - (empty(other) ? 1 : 0) || a - b;
      return turn * compare(one, other) || a - b;
    });
    first = 0;
    pointed = null;
    table();
    timeline();
  };

  const cell = (column, kind, i) => {
    const value = C[column][i];
    if (column === "created") return moment(value);
    if (column === "waited" || column === "ran") return duration(value);
    if (value === null || value === "") return "–";
    return kind === "number" ? number(value) : value;
  };

  const shortId = (id) => id.replace(/^([0-9a-f]{8})-[0-9a-f-]{27}/, "$1");

  const details = (i) => {
    const list = el("dl");
    const say = (key, value) => { if (value !== "" && value !== null) list.append(el("dt", {}, w(key)), el("dd", {}, String(value))); };
    say("job", C.id[i]);
    say("name", C.name[i]);
    say("definition", C.definition[i]);
    say("queue", C.queue[i]);
    say("image", C.image[i] || w("not_known"));
    say("request", C.request[i] || w("not_known"));
    say("children", C.size[i]);
    if (C.depends[i]) say("depends_on", C.depends[i]);
    if (C.cause[i] !== null) say("cause", R.causes[C.cause[i]].what);
    say("said", C.said[i]);
    C.runs[i].forEach((run, n) => {
      const from = run[0] === null ? "–" : moment(run[0]), to = run[1] === null ? "" : moment(run[1]);
      const took = run[0] !== null && run[1] !== null ? ` (${duration((run[1] - run[0]) / 1000)})` : "";
      const exit = run[2] === null ? "" : ` · ${w("exit")} ${run[2]}`;
      const said = text(run[3]);
      say("attempt", `${n + 1}: ${from} – ${to}${took}${exit}${said ? ` · ${said}` : ""}`);
    });
    return list;
  };

  const table = () => {
    $("head").replaceChildren(...COLUMNS.map(([key, column, kind]) => {
      const button = el("button", { type: "button" }, w(key));
      button.addEventListener("click", () => {
        sorted = { column, down: sorted.column === column ? !sorted.down : false };
        choose();
        $("head").querySelector(`[data-column="${column}"] button`).focus();
      });
      const head = el("th", { scope: "col", class: kind ?? "", "data-column": column }, button);
      if (sorted.column === column) head.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
      return head;
    }));
    const rows = [];
    for (const i of chosen.slice(first, first + perPage)) {
      const open = el("button", { type: "button", "aria-expanded": String(opened === i), title: C.id[i], "data-job": i }, shortId(C.id[i]));
      open.addEventListener("click", () => show(opened === i ? null : i, i));
      rows.push(el("tr", {}, ...COLUMNS.map(([, column, kind]) => column === "id" ? el("td", {}, open)
        : el("td", { class: column === "status" ? C.status[i] : kind ?? "", ...(kind === "text" ? { title: C[column][i] } : {}) }, cell(column, kind, i)))));
      if (opened === i) rows.push(el("tr", { class: "detail" }, el("td", { colspan: COLUMNS.length }, details(i))));
    }
    $("body").replaceChildren(...rows);
    const last = Math.min(first + perPage, chosen.length);
    $("shown").textContent = !R.jobs ? w("nothing")
      : `${chosen.length ? number(first + 1) : 0}–${number(last)} ${w("of")} ${number(chosen.length)} ${w("jobs")}`;
    $("previous").disabled = first === 0;
    $("next").disabled = last >= chosen.length;
  };

  const show = (i, focus) => {
    opened = i;
    const place = chosen.indexOf(focus);
    first = Math.floor(place / perPage) * perPage;
    table();
    $("body").querySelector(`[data-job="${focus}"]`)?.focus();
  };

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const AXIS = 22, TALLEST = 420;
  const height = () => Math.max(14, Math.min(TALLEST, chosen.length * 14));
  const timeline = () => {
    const canvas = $("timeline"), ratio = window.devicePixelRatio || 1;
    const wide = canvas.clientWidth || 800, high = height();
    canvas.width = Math.round(wide * ratio);
    canvas.height = Math.round((high + AXIS) * ratio);
    canvas.style.height = `${high + AXIS}px`;
    const draw = canvas.getContext("2d");
    draw.scale(ratio, ratio);
    const colours = Object.fromEntries(["depends", "waiting", "starting", "running", "succeeded", "failed", "line", "quiet", "mark"].map((n) => [n, colour(n)]));
    const x = (at) => (at / END) * (wide - 2);
    draw.font = "11px system-ui, sans-serif";
    draw.strokeStyle = colours.line;
    draw.fillStyle = colours.quiet;
    const ticks = Math.max(2, Math.floor(wide / 170));
    for (let n = 0; n < ticks; n++) {
      const at = (END * n) / ticks;
      draw.beginPath(); draw.moveTo(x(at) + .5, 0); draw.lineTo(x(at) + .5, high + 4); draw.stroke();
      draw.fillText(moment(at, END > 8e7 || n === 0), x(at) + 3, high + 16);
    }
    const row = high / Math.max(1, chosen.length), thick = Math.max(1, row > 4 ? row - 2 : row);
    // Where several jobs share a line of pixels, what matters most is drawn last.
    const order = row >= 1 ? null : { depends: 0, waiting: 1, starting: 2, succeeded: 3, running: 4, failed: 5 };
    const all = [];
    chosen.forEach((i, n) => { for (const span of spans(i)) all.push([span[0], x(span[1]), Math.max(1, x(span[2]) - x(span[1])), n * row]); });
    if (order) all.sort((a, b) => order[a[0]] - order[b[0]]);
    for (const [kind, left, width, top] of all) {
      draw.fillStyle = colours[kind];
      const thin = kind === "waiting" || kind === "depends";
      draw.fillRect(left, thin && thick > 4 ? top + thick * .3 : top, width, thin && thick > 4 ? thick * .4 : thick);
    }
    if (pointed !== null) {
      draw.strokeStyle = colours.mark;
      draw.strokeRect(.5, pointed * row - .5, wide - 1, Math.max(2, row));
    }
    canvas.setAttribute("aria-label", `${w("timeline")}: ${number(chosen.length)} ${w("jobs")}`);
    const i = pointed === null ? null : chosen[pointed];
    $("hint").textContent = i === null ? "" : [shortId(C.id[i]), C.name[i], C.status[i], `${w("waited")} ${duration(C.waited[i])}`,
      `${w("ran")} ${duration(C.ran[i])}`, C.cause[i] === null ? "" : R.causes[C.cause[i]].what].filter(Boolean).join(" · ");
  };
  const pointAt = (event) => {
    const n = Math.floor((event.offsetY / height()) * chosen.length);
    pointed = n >= 0 && n < chosen.length ? n : null;
    timeline();
  };
  let waits = false;
  $("timeline").addEventListener("pointermove", (event) => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => { waits = false; pointAt(event); });
  });
  $("timeline").addEventListener("pointerleave", () => { pointed = null; timeline(); });
  $("timeline").addEventListener("click", (event) => { pointAt(event); if (pointed !== null) show(chosen[pointed], chosen[pointed]); });
  $("timeline").addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === "Enter" && pointed !== null) { event.preventDefault(); show(chosen[pointed], chosen[pointed]); return; }
    if (step === undefined || !chosen.length) return;
    event.preventDefault();
    pointed = Math.max(0, Math.min(chosen.length - 1, (pointed ?? -1) + step));
    timeline();
  });

  const overTime = () => {
    const S = R.series, kinds = ["running", "starting", "waiting", "depends"], W = 1000, H = 180, L = 44;
    const sums = S.counts.running.map((_, n) => kinds.reduce((sum, kind) => sum + S.counts[kind][n], 0));
    const top = Math.max(1, ...sums), bins = sums.length, y = (value) => 10 + (H - 10) * (1 - value / top);
    if (!R.jobs) return el("p", { class: "note" }, w("no_data"));
    const picture = svg("svg", { viewBox: `0 0 ${W} ${H + 22}`, role: "img", "aria-label": w("over_time") });
    let below = new Array(bins).fill(0);
    for (const kind of kinds) {
      const above = below.map((value, n) => value + S.counts[kind][n]);
      const x = (n) => L + ((W - L) * n) / bins;
      const up = above.flatMap((value, n) => [`${x(n)},${y(value)}`, `${x(n + 1)},${y(value)}`]);
      const down = [];
      for (let n = bins - 1; n >= 0; n--) down.push(`${x(n + 1)},${y(below[n])}`, `${x(n)},${y(below[n])}`);
      picture.append(svg("polygon", { class: kind, points: [...up, ...down].join(" ") }));
      below = above;
    }
    for (const part of [0, .5, 1]) {
      picture.append(svg("line", { class: "axis", x1: L, x2: W, y1: y(top * part), y2: y(top * part) }));
      picture.append(svg("text", { x: L - 6, y: y(top * part) + 4, "text-anchor": "end" }, number(top > 10 ? Math.round(top * part) : top * part)));
    }
    for (let n = 0; n < 6; n++) picture.append(svg("text", { x: L + ((W - L) * n) / 6, y: H + 16 }, moment((END * n) / 6, END > 8e7 || n === 0)));
    return picture;
  };

  const bars = (spread, label) => {
    if (!spread) return el("p", { class: "note" }, w("no_data"));
    let from = spread.bars.findIndex(Boolean), to = spread.bars.length - 1;
    while (!spread.bars[to]) to--;
    const shown = spread.bars.slice(from, to + 1), top = Math.max(...shown), W = 480, H = 150, each = Math.min(W / shown.length, 120);
    const picture = svg("svg", { viewBox: `0 0 ${W} ${H + 36}`, role: "img", "aria-label": label });
    shown.forEach((count, n) => {
      const high = (H - 18) * count / top, edge = R.edges[from + n];
      const name = edge === undefined ? `≥ ${duration(R.edges.at(-1))}` : `< ${duration(edge).replace(".0", "")}`;
      picture.append(svg("rect", { class: "bar", x: n * each + 2, y: H - high, width: each - 4, height: high }, svg("title", {}, `${name}: ${number(count)}`)));
      if (count) picture.append(svg("text", { x: n * each + each / 2, y: H - high - 4, "text-anchor": "middle" }, number(count)));
      if (shown.length < 10 || n % 2 === 0) picture.append(svg("text", { x: n * each + each / 2, y: H + 14, "text-anchor": "middle" }, name));
    });
    picture.append(svg("line", { class: "axis", x1: 0, x2: W, y1: H, y2: H }));
    const said = `${w("median")} ${duration(spread.median)} · ${w("p90")} ${duration(spread.p90)} · ${w("most")} ${duration(spread.most)} · ${number(spread.count)} ${w("jobs")}`;
    return el("div", {}, picture, el("p", { class: "note" }, said));
  };

  const causes = () => {
    if (!R.causes.length) return [el("p", { class: "note" }, R.jobs ? w("no_failures") : w("no_data"))];
    return R.causes.map((cause, place) => {
      const these = el("button", { type: "button", class: "control" }, w("show_these"));
      these.addEventListener("click", () => { $("filters").reset(); $("by-cause").value = String(place); choose(); $("h-table").scrollIntoView(); });
      return el("article", { class: "cause" },
        el("h3", {}, `${number(cause.count)} × ${cause.verdict}`), el("p", { lang: "en" }, cause.what),
        cause.worth_retry === null ? null : el("p", { class: "note" }, w(`retry_${cause.worth_retry}`)),
        ...cause.evidence.map((said) => el("p", { class: "note" }, `${w("aws")} ${said}`)),
        el("p", {}, `${w("example")}: ${cause.example}${cause.log.length ? `, ${w("log_end")}:` : ""}`),
        cause.log.length ? el("pre", {}, cause.log.join("\n")) : cause.log_note ? el("p", { class: "note", lang: "en" }, cause.log_note) : null,
        cause.next.length ? el("p", {}, `${w("next_steps")}:`) : null,
        cause.next.length ? el("ul", { lang: "en" }, ...cause.next.map((step) => el("li", {}, step))) : null,
        these);
    });
  };

  const SUMS = [["definition", "definition"], ["jobs", "jobs", "number"], ["memory_asked", "memory_asked", "number"],
    ["memory_median", "memory_median", "number"], ["memory_most", "memory_most", "number"],
    ["vcpu_asked", "vcpu_asked", "number"], ["cores_median", "cores_median", "number"], ["measured", "measured", "number"],
    ["price", "cost", "number"]];
  const price = (one) => {
    if (!one.priced) return "–";
    const money = (value) => new Intl.NumberFormat(lang, { maximumSignificantDigits: value < 1 ? 3 : 6, maximumFractionDigits: value < 1 ? 9 : 2 }).format(value);
    const low = money(one.least_cost), high = money(one.cost);
    return low === high ? high : `${low}–${high}`;
  };
  const sums = () => {
    $("s-sums").hidden = !R.sums.length;
    $("sums-head").replaceChildren(...SUMS.map(([key, , kind]) => el("th", { scope: "col", class: kind ?? "" }, w(key))));
    $("sums-body").replaceChildren(...R.sums.map((one) => el("tr", {}, ...SUMS.map(([, name, kind]) =>
      el("td", { class: kind ?? "text" }, name === "cost" ? price(one) : one[name] === null ? "–" : kind ? number(one[name]) : one[name])))));
  };

  const options = (select, values) => {
    const before = select.value;
    select.replaceChildren(el("option", { value: "" }, w("any")), ...values.map(([value, name]) => el("option", { value }, name)));
    select.value = before;
  };

  const everything = () => {
    document.documentElement.lang = lang;
    $("lang").value = lang;
    for (const one of document.querySelectorAll("[data-w]")) one.textContent = w(one.dataset.w);
    $("about").textContent = `${w("environment")} ${R.environment} · ${number(R.jobs)} ${w("jobs")} · ` +
      (R.jobs ? `${moment(0)} – ${moment(END)} · ` : "") + `${w("made")} ${new Date(R.now).toLocaleString(lang)}`;
    $("states").replaceChildren(...Object.entries(R.states).map(([state, count]) => {
      const card = el("button", { type: "button", class: state }, el("b", {}, number(count)), state);
      card.addEventListener("click", () => { $("filters").reset(); $("by-status").value = state; choose(); });
      return card;
    }));
    if (!R.jobs) $("states").replaceChildren(el("p", { class: "note" }, w("nothing")));
    const legend = (kinds) => kinds.filter((kind) => kind !== "starting" || R.has_events)
      .map((kind) => el("span", { class: kind }, w(kind === "waiting" && R.has_events ? "waiting_alone" : kind)));
    $("legend").replaceChildren(...legend(["depends", "waiting", "starting", "running", "succeeded", "failed"]));
    $("legend-time").replaceChildren(...legend(["depends", "waiting", "starting", "running"]));
    $("over").replaceChildren(overTime());
    $("waited").replaceChildren(bars(R.waited, w("waited_title")));
    $("ran").replaceChildren(bars(R.ran, w("ran_title")));
    $("causes").replaceChildren(...causes());
    sums();
    const names = (column) => [...new Set(C[column])].filter(Boolean).sort().map((name) => [name, name]);
    options($("by-status"), names("status"));
    options($("by-queue"), names("queue"));
    options($("by-cause"), R.causes.map((cause, place) => [String(place), `${number(cause.count)} × ${cause.verdict}`]));
    $("missing").replaceChildren(...R.missing.map(([key, count]) => el("li", {}, w(key).replace("{n}", number(count)))));
    $("s-missing").hidden = !$("missing").children.length;
    table();
    timeline();
    if (R.jobs) return;
    // Of no jobs there is nothing to draw, to find or to sort.
    for (const part of document.querySelectorAll("main > :not(:first-child):not(#s-missing)")) part.hidden = true;
  };

  $("lang").addEventListener("change", () => { lang = $("lang").value; everything(); });
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("filters").addEventListener("reset", () => setTimeout(choose));
  let typing;
  $("find").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(choose, 120); });
  for (const name of ["by-status", "by-queue", "by-cause"]) $(name).addEventListener("change", choose);
  $("previous").addEventListener("click", () => { first = Math.max(0, first - perPage); table(); });
  $("next").addEventListener("click", () => { first += perPage; table(); });
  window.addEventListener("resize", timeline);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", timeline);
  window.addEventListener("beforeprint", () => { perPage = 1000; first = 0; table(); });
  window.addEventListener("afterprint", () => { perPage = 100; table(); });
  everything();
  document.documentElement.dataset.ready = "yes";
})();
