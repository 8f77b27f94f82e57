// SPDX-License-Identifier: LGPL-2.1-or-later
// The phases: what each is about, what a text says of it, what the captures must show, its packets.

function drawPhases() {
	at("phases").setAttribute("aria-label", say("phases"));
	at("phases").replaceChildren(
		el(
			"ol",
			{},
			story.phases.map((phase, p) =>
				el(
					"li",
					{},
					el(
						"a",
						{
							href: `#${phase.name}`,
							"data-phase": p,
							onclick: e => {
								e.preventDefault();
								pause();
								goTo(stepOfPhase[p]);
							},
						},
						el("span", { class: "number" }, String(p + 1)),
						el("span", { class: "name" }, tell(phase.title)),
						verdict(phase.verdict),
					),
				),
			),
		),
		el("p", { class: "keys" }, say("keys")),
	);
	at("phase").replaceChildren(...story.phases.map(drawPhase));
}

function drawPhase(phase, p) {
	return el(
		"article",
		{ class: "card phase", "data-phase": p, hidden: true, "aria-labelledby": `phase-${p}` },
		el(
			"h2",
			{ id: `phase-${p}` },
			el("span", { class: "number" }, String(p + 1)),
			tell(phase.title),
			verdict(phase.verdict),
		),
		tell(phase.explain)
			.trim()
			.split(/\n\s*\n/)
			.map(text => el("p", { class: "explain" }, text)),
		drawReached(phase.reached),
		(phase.remarks ?? []).map(drawRemark),
		drawEvents(p),
		drawExpectations(phase),
		drawJourneys(phase),
	);
}

// What happened to links and nodes from the phase's first frame to the next one's; before all of
// them, too, in the first, and where no phase has a frame.
function drawEvents(p) {
	const timed = story.phases.map((phase, i) => [phase.begin_ns, i]).filter(([begin]) => begin);
	const own = (story.events ?? []).filter(
		event => (timed.filter(([begin]) => begin <= event.time_ns).pop()?.[1] ?? 0) === p,
	);
	const begin = timed[0]?.[0] ?? story.events?.[0]?.time_ns;
	return own.map(event =>
		el(
			"p",
			{ class: "reached" },
			`${((event.time_ns - begin) / 1e9).toFixed(2)} s: ${tell(event.text)}`,
		),
	);
}

// Of a phase that fails: how far its last packet came.
function drawReached(reached) {
	return reached
		? el(
				"p",
				{ class: "reached" },
				`${say("reached", reached.node, sayOf("outcomes", reached.outcome))} `,
				`${reached.protocol} ${reached.what} `,
				frameLink(reached.at, reached.frame),
				el("span", { class: "others" }, tell(journeys.get(reached.journey)?.explain)),
			)
		: null;
}

function drawRemark(remark) {
	return el(
		"dl",
		{ class: "remark" },
		el("div", {}, el("dt", {}, tell(story.source) || say("remark")), el("dd", {}, tell(remark.article))),
		el(
			"div",
			{},
			el("dt", {}, say("wire")),
			el(
				"dd",
				{},
				tell(remark.wire),
				" ",
				remark.frame ? frameLink(remark.at, remark.frame) : "",
			),
		),
		tell(remark.why)
			? el("div", { class: "why" }, el("dt", {}, say("why")), el("dd", {}, tell(remark.why)))
			: null,
	);
}

// Leads to a frame, and to the packet's journey where it is part of one.
function frameLink(place, number) {
	return button(
		[place, " ", el("b", {}, `#${number}`)],
		() => {
			pause();
			showFrameOf(place, number, true);
		},
		{
			class: "frame-link",
			"aria-label": `${place}: ${say("frameN", number)}`,
			title: numberInAll(place, number) && say("inAll", numberInAll(place, number)),
		},
	);
}

function drawExpectations(phase) {
	if (!phase.expectations?.length) return null;
	const failed = phase.expectations.filter(
		e => e.verdict === "fails" || e.verdict === "not-judged",
	).length;
	return el(
		"details",
		{ class: "expectations", open: failed > 0 },
		el(
			"summary",
			{},
			el("h3", {}, say("expectations")),
			el(
				"span",
				{ class: "count" },
				`${phase.expectations.filter(e => e.verdict === "holds").length} ✓${failed ? `, ${failed} ✗` : ""}`,
			),
		),
		el("ul", {}, phase.expectations.map(drawExpectation)),
	);
}

function drawExpectation(e) {
	const found =
		e.absent && e.verdict === "holds"
			? say("none")
			: e.count
				? say("times", e.count)
				: say("noFrame");
	const values = Object.entries(e.values ?? {});
	return el(
		"li",
		{ class: e.verdict },
		el(
			"div",
			{ class: "line" },
			verdict(e.verdict),
			el("b", {}, e.name),
			el("span", { class: "place" }, e.at),
			el("span", {}, found),
			(e.frames ?? []).slice(0, 6).map(n => frameLink(e.at, n)),
		),
		e.detail && !e.nearest ? el("p", {}, tell(e.detail)) : null,
		e.nearest
			? el(
					"p",
					{},
					say(
						"nearest",
						e.nearest.frame,
						e.nearest.field,
						e.nearest.want,
						e.nearest.have,
					),
					" ",
					frameLink(e.at, e.nearest.frame),
				)
			: null,
		values.length
			? el(
					"p",
					{},
					`${say("values")}: `,
					values.map(([k, v]) => el("code", {}, `${k} = ${v}`)),
				)
			: null,
		e.filter && !e.detail?.includes(e.filter)
			? el("code", { class: "filter" }, e.filter.replace(/\s+/g, " "))
			: null,
	);
}

function drawJourneys(phase) {
	const list = groups =>
		el(
			"ol",
			{},
			groups.map(members => drawJourneyLine(members[0], members.length - 1)),
		);
	const n = phase.aside.flat().length;
	return el(
		"div",
		{ class: "journeys" },
		phase.groups.length
			? [el("h3", {}, say("journeys")), list(phase.groups)]
			: el("p", { class: "quiet" }, say("noJourneys")),
		n
			? el(
					"details",
					{},
					el(
						"summary",
						{},
						el("h3", {}, say("aside")),
						el("span", { class: "count" }, String(n)),
					),
					list(phase.aside),
				)
			: null,
	);
}

function drawJourneyLine(j, others) {
	const ended = didNotArrive(j);
	return el(
		"li",
		{},
		el(
			"button",
			{
				type: "button",
				"data-journey": j.id,
				onclick: () => {
					pause();
					goTo(stepOfJourney.get(j.id));
				},
			},
			el("span", { class: "protocol" }, j.protocol),
			el("span", { class: "what", title: j.what }, wordsOf(j)),
			el("span", { class: "path" }, pathOf(j).join(" → ")),
			el(
				"span",
				{ class: ended ? "outcome bad" : "outcome" },
				(ended ? "✗ " : "") + outcomeOf(j),
			),
			tell(j.explain) ? el("span", { class: "others" }, tell(j.explain)) : null,
			others ? el("span", { class: "others" }, say("alike", others)) : null,
		),
	);
}

function showPhase(p) {
	for (const card of at("phase").children) card.hidden = Number(card.dataset.phase) !== p;
	for (const a of at("phases").querySelectorAll("a")) {
		const current = Number(a.dataset.phase) === p;
		a.setAttribute("aria-current", current ? "step" : "false");
		if (current) keepInView(a);
	}
	document.body.dataset.phase = story.phases[p].name;
}

// Inside its own strip only: the page itself does not move.
function keepInView(a) {
	const strip = a.closest("ol"),
		gap = a.getBoundingClientRect().left - strip.getBoundingClientRect().left;
	if (gap < 0 || gap + a.offsetWidth > strip.clientWidth) strip.scrollLeft += gap - 12;
}

function showJourneyLine(journey) {
	for (const b of at("phase").querySelectorAll("[data-journey]"))
		b.setAttribute(
			"aria-current",
			journey && b.dataset.journey === String(journey.id) ? "true" : "false",
		);
}
