// SPDX-License-Identifier: LGPL-2.1-or-later
// Puts the page together, and again when the language or the width of the window changes.

const THEMES = ["auto", "light", "dark"];
let theme = "auto";

// The player came to a step: everything that shows where the story is.
function showStep(step) {
	const hop = step.journey && mainHop(step.journey, step.level),
		moved = document.body.dataset.journey;
	showPhase(step.phase);
	showPacket(step);
	showJourneyLine(step.journey);
	if (String(step.journey?.id ?? "") !== moved) {
		document.body.dataset.journey = step.journey?.id ?? "";
		showJourney(step.journey);
	}
	markLevel(step.level);
	if (hop && (inspector.place !== hop.at || inspector.number !== hop.frame))
		showFrame(hop.at, hop.frame);
	else if (!hop) showFrameOfPhase(story.phases[step.phase]);
}

// A phase begins with what proves it, or with what came nearest; or else with its first packet.
function showFrameOfPhase(phase) {
	const all = phase.expectations ?? [];
	const nearest = all.find(e => e.verdict === "fails" && e.nearest),
		proof = all.find(e => e.frames?.length),
		first = phase.groups[0]?.[0].hops[0];
	if (nearest) showFrame(nearest.at, nearest.nearest.frame);
	else if (proof) showFrame(proof.at, proof.frames[0]);
	else if (first) showFrame(first.at, first.frame);
	else showFrame(null, 0);
}

// What failed: how far the last packet of the first phase that fails came; or what was not judged.
function goToFailure() {
	const first = verdict => story.phases.findIndex(phase => phase.verdict === verdict);
	const p = first("fails") < 0 ? first("not-judged") : first("fails");
	const journey = journeys.get(story.phases[p]?.reached?.journey);
	if (p < 0) return;
	goTo(journey ? stepOfJourney.get(journey.id) + journey.levels - 1 : stepOfPhase[p]);
}

function startedAt() {
	const time = new Date(story.started ?? NaN);
	return Number.isNaN(time.getTime())
		? ""
		: time.toLocaleString(language, { dateStyle: "long", timeStyle: "medium" });
}

function drawHead() {
	const failed = story.verdict === "fails" && story.phases.find(phase => phase.verdict === "fails");
	const good = story.verdict === "holds",
		words = good
			? `✓ ${say("runHolds")}`
			: failed
				? `✗ ${say("runFails", tell(failed.title))}`
				: story.verdict === "fails"
					? `✗ ${say("runFailed")}`
					: `? ${say("noVerdict")}`;
	document.documentElement.lang = language;
	document.title = `${story.experiment} · ${story.lab}`;
	at("title").textContent = document.title;
	at("about").textContent = [
		tell(story.title),
		...Object.entries(story.parameters ?? {}).map(([k, v]) => `${k} ${v}`),
		startedAt(),
	]
		.filter(Boolean)
		.join(" · ");
	at("about").title = at("about").textContent;
	at("verdict").className = good ? "holds" : story.verdict === "fails" ? "fails" : "none";
	at("verdict").textContent = words;
	at("notes").replaceChildren(
		...[...(story.reason ? [story.reason] : []), ...(story.notes ?? [])].map(note =>
			el("p", { class: "notice" }, tell(note)),
		),
	);
	at("language").textContent = say("language");
	at("language").setAttribute("lang", language === "en" ? "ko" : "en");
	at("language").setAttribute("aria-label", say("languageName"));
	at("theme").textContent = `◐ ${say("theme")}`;
	at("theme").setAttribute("title", say("themes")[theme]);
	at("theme").setAttribute("aria-label", `${say("theme")}: ${say("themes")[theme]}`);
	for (const part of document.querySelectorAll("[data-say]"))
		part.textContent = say(part.dataset.say);
	for (const part of document.querySelectorAll("[data-name]"))
		part.setAttribute("aria-label", say(part.dataset.name));
}

function drawAll() {
	document.body.dataset.journey = "none";
	drawHead();
	drawPhases();
	drawTables();
	drawRun();
	at("stage").hidden = !nodes.size;
	drawMap();
	drawPlayer();
	goTo(player.step);
	drawFrame();
}

at("language").addEventListener("click", () => {
	language = language === "en" ? "ko" : "en";
	pause();
	drawAll();
});

at("theme").addEventListener("click", () => {
	theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
	document.documentElement.style.colorScheme = theme === "auto" ? "light dark" : theme;
	drawHead();
});

function goToHash() {
	const p = story.phases.findIndex(phase => `#${phase.name}` === location.hash);
	if (p >= 0) goTo(stepOfPhase[p]);
	return p >= 0;
}

drawAll();
if (!goToHash()) goToFailure();
addEventListener("hashchange", goToHash);
// On paper everything is open.
addEventListener("beforeprint", () => {
	for (const box of document.querySelectorAll("details:not([open])"))
		box.open = box.dataset.printed = true;
});
addEventListener("afterprint", () => {
	for (const box of document.querySelectorAll("details[data-printed]")) {
		box.open = false;
		delete box.dataset.printed;
	}
});
addEventListener("keydown", onKey);
new ResizeObserver(() => {
	const width = at("map").clientWidth;
	if (!width || Math.abs(width - (picture.drawnFor ?? 0)) < 2) return;
	drawMap();
	picture.drawnFor = width;
	showOnMap(steps[player.step], 1);
}).observe(at("map"));
