// SPDX-License-Identifier: LGPL-2.1-or-later
// The player: one step after another, by button, key, slider or by itself.

const SPEEDS = [0.5, 1, 2, 4];
const player = { step: 0, playing: false, speed: 1, started: 0, frame: 0, controls: {} };

function drawPlayer() {
	const control = (name, act, key) =>
		button(icon(name), act, {
			"aria-label": say(name),
			title: `${say(name)} (${key})`,
			"data-do": name,
		});
	const toggle = control("play", togglePlay, "␣");
	const slider = el("input", {
		type: "range",
		min: 0,
		max: played.length - 1,
		value: 0,
		"aria-label": say("position"),
		oninput: e => {
			pause();
			goTo(played[Number(e.target.value)]);
		},
	});
	const speed = el(
		"select",
		{
			"aria-label": say("speed"),
			onchange: e => {
				player.speed = Number(e.target.value);
			},
		},
		SPEEDS.map(n => el("option", { value: n, selected: n === player.speed }, `${n}×`)),
	);
	const where = el("output", { class: "where" });

	toggle.classList.add("primary");
	player.controls = { toggle, slider, where };
	at("player").setAttribute("aria-label", say("player"));
	at("player").replaceChildren(
		control("previous", () => goToPhase(-1), "P"),
		control("back", () => stepBy(-1), "←"),
		toggle,
		control("step", () => stepBy(1), "→"),
		control("next", () => goToPhase(1), "N"),
		slider,
		speed,
		where,
	);
	drawTimeline();
	showToggle();
}

// Two scales: the steps, a segment a phase; and under them the true time, a tick a packet.
function drawTimeline() {
	const times = story.journeys.flatMap(j => j.hops.map(h => h.time_ns));
	const last = Math.max(...times, zero + 1);
	const ticks = story.phases.flatMap((phase, p) =>
		[...phase.groups, ...phase.aside].flat().map(j =>
			svg("line", {
				class: p % 2 ? "odd" : null,
				"data-phase": p,
				y1: 0,
				y2: 14,
				x1: ((j.hops[0].time_ns - zero) / (last - zero)) * 1000,
				x2: ((j.hops[0].time_ns - zero) / (last - zero)) * 1000,
			}),
		),
	);
	const segments = story.phases.map((phase, p) => {
		const size = played.filter(i => steps[i].phase === p).length;
		return button(String(p + 1), () => goTo(stepOfPhase[p]), {
			style: `flex-grow:${size}`,
			title: tell(phase.title),
			"aria-label": `${p + 1}. ${tell(phase.title)}`,
			"data-phase": p,
		});
	});
	player.controls.head = svg("path", {
		class: "now",
		d: "M-5-2h10l-5 8zM-.75 4h1.500v12h-1.500z",
	});
	player.controls.span = last - zero;
	at("timeline").replaceChildren(
		el("div", { class: "segments", role: "group", "aria-label": say("timeline") }, segments),
		times.length
			? el(
					"div",
					{ class: "clock", "aria-hidden": "true" },
					svg("svg", { viewBox: "0 0 1000 16", preserveAspectRatio: "none" }, ticks),
					svg("svg", { class: "hand", viewBox: "-5 -2 10 18" }, player.controls.head),
					el("span", {}, "0 s"),
					el("span", {}, `${((last - zero) / 1e9).toFixed(1)} s`),
				)
			: "",
	);
}

function showToggle() {
	const name = player.playing ? "pause" : "play",
		b = player.controls.toggle;
	b.replaceChildren(icon(name));
	b.setAttribute("aria-label", say(name));
	b.setAttribute("title", `${say(name)} (␣)`);
	document.body.dataset.playing = player.playing;
}

function goTo(step, moving = false) {
	player.step = Math.max(0, Math.min(steps.length - 1, step));
	showStep(steps[player.step]);
	showOnMap(steps[player.step], moving ? 0 : 1);
	showPosition();
	document.body.dataset.step = player.step;
}

// Those among which a step's packet is counted.
function listOf(step) {
	const phase = story.phases[step.phase];
	return step.aside ? phase.aside : phase.groups;
}

function showPosition() {
	const { phase, journey, level } = steps[player.step],
		{ slider, where, head, span } = player.controls;
	const hop = journey && mainHop(journey, level),
		firsts = listOf(steps[player.step]).map(group => group[0]);
	const text = hop
		? [
				`${phase + 1}. ${tell(story.phases[phase].title)}`,
				say("packetOf", firsts.indexOf(journey) + 1, firsts.length),
				say("hopOf", level + 1, journey.levels),
				clock(hop.time_ns),
			].join(" · ")
		: `${phase + 1}. ${tell(story.phases[phase].title)}`;
	const time = hop?.time_ns ?? story.phases[phase].begin_ns;

	slider.value = played.findLastIndex(i => i <= player.step);
	slider.setAttribute("aria-valuetext", text);
	where.textContent = text;
	head?.closest("svg")?.style.setProperty(
		"left",
		`${Math.max(0, Math.min(1, (time - zero) / span)) * 100}%`,
	);
	for (const b of at("timeline").querySelectorAll("button"))
		b.setAttribute("aria-current", Number(b.dataset.phase) === phase ? "step" : "false");
	if (!player.playing)
		at("live").textContent = hop
			? `${hop.node}: ${sayOf("actions", hop.action)}. ${text}`
			: text;
}

function stepBy(n) {
	pause();
	move(stepBeside(player.step, n));
}

function goToPhase(n) {
	const now = steps[player.step].phase;
	const back = n < 0 && player.step > stepOfPhase[now] ? 0 : n;
	pause();
	goTo(stepOfPhase[Math.max(0, Math.min(stepOfPhase.length - 1, now + back))]);
}

const within = () => steps[player.step].journey;

// Goes to a step and lets the packet travel there.
function move(step) {
	const forward = step > player.step;
	cancelAnimationFrame(player.frame);
	goTo(step, forward && !reducedMotion());
	if (forward) travel(() => {});
}

function travel(then) {
	const still = reducedMotion() || !within(),
		took = (within() ? 750 : 1500) / player.speed;
	const began = performance.now(),
		step = steps[player.step];
	const tick = now => {
		const t = Math.min(1, (now - began) / took);
		if (steps[player.step] !== step) return;
		if (!still || t >= 1) showOnMap(step, t < 0.5 ? 2 * t * t : 1 - 2 * (1 - t) ** 2);
		if (t < 1) player.frame = requestAnimationFrame(tick);
		else then();
	};
	player.frame = requestAnimationFrame(tick);
}

function togglePlay() {
	if (player.playing) return pause();
	player.playing = true;
	showToggle();
	goOn(player.step >= played[played.length - 1] ? 0 : stepBeside(player.step, 1));
}

function goOn(step) {
	goTo(step, !reducedMotion());
	travel(() => {
		const next = stepBeside(step, 1);
		if (player.playing && next !== step) goOn(next);
		else pause();
	});
}

function pause() {
	if (!player.playing) return;
	player.playing = false;
	cancelAnimationFrame(player.frame);
	showToggle();
	showOnMap(steps[player.step], 1);
	showPosition();
}

// Keys work where the focus is on nothing that has its own.
function onKey(e) {
	if (
		e.ctrlKey ||
		e.altKey ||
		e.metaKey ||
		e.target.closest("input, select, textarea, [role=tree], [role=tablist]")
	)
		return;
	const acts = {
		ArrowRight: () => stepBy(1),
		ArrowLeft: () => stepBy(-1),
		n: () => goToPhase(1),
		p: () => goToPhase(-1),
		Home: () => {
			pause();
			goTo(0);
		},
		End: () => {
			pause();
			goTo(played[played.length - 1]);
		},
	};
	const onControl = e.target.closest("button, a, summary, [role=button]");
	const act =
		e.key === " " && !onControl
			? togglePlay
			: acts[e.key.length === 1 ? e.key.toLowerCase() : e.key];
	if (act) {
		e.preventDefault();
		act();
	}
}
