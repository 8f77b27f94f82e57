// SPDX-License-Identifier: LGPL-2.1-or-later
// The page that labctl report wrote of a run of fetch, in a real browser.
//   node check.mjs REPORT.html [DIR [damaged|routing|bare]]   DIR: pictures go there ("": none); of a
// run that fails for want of captures, of one in which routers fail, or that has none of anything
import { writeFileSync } from "node:fs";
import { openBrowser } from "./browser.mjs";

const [report, pictures, state] = process.argv.slice(2);
const browser = await openBrowser();
const { run, click, type } = browser;
const LEFT = "\uE012",
	RIGHT = "\uE014",
	DOWN = "\uE015",
	HOME = "\uE011",
	END = "\uE010";
let failed = 0;

function check(name, good, detail = "") {
	console.log(`${good ? "ok" : "NOT OK"} - ${name}${good ? "" : `: ${JSON.stringify(detail)}`}`);
	failed += good ? 0 : 1;
}

const equal = (name, have, want) =>
	check(name, JSON.stringify(have) === JSON.stringify(want), { have, want });

// Waits for what the page is expected to come to; there is no other clock.
async function until(script, ...args) {
	const end = Date.now() + 300000;
	let value = await run(script, ...args);
	while (!value && Date.now() < end) {
		await new Promise(resolve => setTimeout(resolve, 50));
		value = await run(script, ...args);
	}
	return value;
}

async function picture(name) {
	if (pictures)
		writeFileSync(`${pictures}/${name}.png`, Buffer.from(await browser.picture(), "base64"));
}

async function resize(width, height) {
	await browser.devtools("Emulation.setDeviceMetricsOverride", {
		width,
		height,
		deviceScaleFactor: 1,
		mobile: false,
	});
	await until(
		"return innerWidth === arguments[0] && document.querySelector('#map svg').viewBox.baseVal.width <= document.getElementById('map').clientWidth + 1",
		width,
	);
}

async function media(features, type = "") {
	await browser.devtools("Emulation.setEmulatedMedia", {
		media: type,
		features: Object.entries(features).map(([name, value]) => ({
			name: `prefers-${name}`,
			value,
		})),
	});
}

const step = () => run("return Number(document.body.dataset.step)");
const text = css => run("return document.querySelector(arguments[0])?.textContent ?? null", css);
const goTo = name =>
	run("document.querySelector(`#phases a[href='#${arguments[0]}']`).click()", name);
// The packet whose Info column has these words.
const choose = words =>
	run(
		"return [...document.querySelectorAll('.phase:not([hidden]) [data-journey]')]" +
			".find(b => b.textContent.includes(arguments[0]))?.click() === undefined",
		words,
	);

async function checkPhases() {
	const names = await run(
		"return [...document.querySelectorAll('#phases a')].map(a => a.hash.slice(1))",
	);
	check("there are phases", names.length >= 10, names);
	for (const name of names) {
		await goTo(name);
		const shown = await run(
			"const p = [...document.querySelectorAll('.phase')].filter(p => p.checkVisibility());" +
				"return [p.length, document.body.dataset.phase, p[0].querySelector('h2').textContent.length > 5," +
				"p[0].querySelector('.explain').textContent.length > 40]",
		);
		equal(`phase ${name} is reached`, shown, [1, name, true, true]);
	}
	await browser.open(`${report}#${names[3]}`);
	equal("a link leads to a phase", await run("return document.body.dataset.phase"), names[3]);
}

async function checkPlay() {
	await goTo("query");
	await run(
		"const s = document.querySelector('#player select'); s.value = '0.5'; s.dispatchEvent(new Event('change'))",
	);
	const before = await step();
	await click("[data-do=play]");
	await until("return Number(document.body.dataset.step) > arguments[0]", before + 1);
	check(
		"play moves the packet between two hops",
		await until(
			"window.seen ??= new Set(); seen.add(document.querySelector('.packet.main')" +
				"?.getAttribute('transform')); return seen.size >= 5",
		),
	);
	equal(
		"the button says pause",
		await run("return document.querySelector('[data-do=play]').getAttribute('aria-label')"),
		"Pause",
	);
	await click("[data-do=play]");
	const stopped = await step();
	equal(
		"pause stops it",
		[await run("return document.body.dataset.playing"), await step()],
		["false", stopped],
	);
	await run(
		"const s = document.querySelector('#player select'); s.value = '4'; s.dispatchEvent(new Event('change'))",
	);
	await type(" ");
	check(
		"the story is played to its end",
		await until("return document.body.dataset.phase !== arguments[0]", "query"),
	);
	await type(" ");
}

async function checkStep() {
	const cell = n => text(`#packet > div:nth-child(${n}) dd`);
	await goTo("tcp");
	await choose("[SYN]");
	const ttls = [],
		macs = [],
		ips = [],
		last = Number(await run("return document.querySelectorAll('.hops tbody tr').length"));
	for (let i = 0; i < last; i++) {
		ttls.push(await cell(6));
		macs.push(await cell(4));
		ips.push(await text("#packet > div:nth-child(4) .address"));
		if (i < last - 1) await click("[data-do=step]");
	}
	equal("the TTL falls at the router", [ttls[0], ttls[ttls.length - 1]], ["64", "63"]);
	check("the source MAC changes at the router", new Set(macs).size === 2, macs);
	equal("the source IP stays", [...new Set(ips)], ["IP 68.85.2.101"]);
	const places = [".tag", ".ladder", ".hops tbody tr:last-child"];
	for (const place of places)
		check(
			`IP addresses at ${place}`,
			/IP.*68\.85\.2\.101.*172\.217\.25\.228/.test(await text(place)),
			await text(place),
		);
	check(
		"a node's address on the map",
		(await text(".node[data-node=www]")).includes("172.217.25.228"),
	);
	check(
		"the way is drawn",
		await until(
			"return document.querySelectorAll('.trail polyline').length === arguments[0]",
			last,
		),
	);
	equal(
		"the row of the hop is marked",
		await run(
			"return [...document.querySelectorAll('.hops tr')].findIndex(r => r.classList.contains('now'))",
		),
		last,
	);
	const now = await step();
	await click("[data-do=back]");
	equal("back is one step", await step(), now - 1);
}

async function checkKeyboard() {
	await run("document.activeElement.blur(); window.scrollTo(0, 0)");
	await type(HOME);
	equal("Home goes to the beginning", await step(), 0);
	await type("n");
	equal(
		"N goes to the next phase",
		await run("return document.querySelector('#phases [aria-current=step]').dataset.phase"),
		"1",
	);
	const from = await step();
	await type(RIGHT + RIGHT + LEFT);
	equal("arrows step", await step(), from + 1);
	await type("p");
	equal("P goes to the phase's beginning", await step(), from);
	await type(END);
	check("End goes to the end", (await step()) > 100, await step());
	await type(" ");
	equal(
		"at the end, space plays from the beginning",
		await run("return document.body.dataset.playing"),
		"true",
	);
	await type(" ");
	equal("space pauses", await run("return document.body.dataset.playing"), "false");
	await run("document.getElementById('language').focus()");
	await type("\uE004\uE004");
	check(
		"Tab reaches what can be pressed",
		await run("return document.activeElement.matches('a, button, [tabindex]')"),
	);
}

async function checkFrame() {
	const marked =
		"return [...document.querySelectorAll('.hex .on')].map(b => b.textContent).join(' ')";
	await goTo("tcp");
	await choose("[SYN]");
	await run(
		"[...document.querySelectorAll('[role=treeitem]')].find(i => i.dataset.name === 'ip.ttl').querySelector('.line').click()",
	);
	equal("a field marks its bytes", await run(marked), "40");
	check(
		"and its Wireshark filter",
		(await text(".range")).includes("ip.ttl == 64"),
		await text(".range"),
	);
	await type(DOWN);
	equal("the next field, by key", await run(marked), "06");
	await run("document.querySelectorAll('.hex i')[30].click()");
	equal(
		"a byte leads to its field",
		await run(
			"return [document.querySelector('.hex [data-byte=\"30\"]').className," +
				"document.querySelector('[aria-selected=true]').dataset.name.slice(0, 4)]",
		),
		["on", "tcp."],
	);

	await goTo("http");
	await choose("GET /");
	check("decrypted, TLS shows the request", (await text(".frame-head")).includes("GET /"));
	check(
		"and the bytes that were decrypted",
		(await text(".sources")).includes("Decrypted TLS"),
		await text(".sources"),
	);
	await run("document.querySelectorAll('.switch button')[1].click()");
	const bare = await text("#frame");
	check(
		"as it was on the way, it does not",
		!bare.includes("GET /") && !/authority/.test(bare) && /Encrypted|CCMP|Data/.test(bare),
	);
	await run("document.querySelectorAll('.switch button')[0].click()");

	await goTo("tls");
	check(
		"a phase begins with a frame that proves it",
		/TLS/.test(await text(".frame-head .protocol")),
		await text(".frame-head"),
	);
	await goTo("join");
	const air = await run(
		"return [...document.querySelectorAll('.phase:not([hidden]) .what')].map(w => [w.textContent, w.title])",
	);
	check(
		"802.11 is told in words, Wireshark's on demand",
		air.some(([words, raw]) => /^Beacon: an access point/.test(words) && /Flags=/.test(raw)) &&
			!air.some(([words]) => /Flags=/.test(words)),
		air,
	);
	await goTo("tls");
	await choose("Client Hello");
	equal(
		"a TLS frame opens at TLS, where it can be seen",
		await run(
			"const i = document.querySelector('[aria-selected=true] > .line'), t = i.closest('.tree').getBoundingClientRect();" +
				"return [i.textContent.trim(), i.getBoundingClientRect().top >= t.top, i.getBoundingClientRect().bottom <= t.bottom]",
		),
		["Transport Layer Security", true, true],
	);

	await goTo("lease");
	await choose("Discover");
	check(
		"decrypted, Wi-Fi shows DHCP",
		(await text(".tree")).includes("Dynamic Host Configuration Protocol"),
	);
	await run("document.querySelectorAll('.switch button')[1].click()");
	check(
		"as it was in the air, it does not",
		!(await text(".tree")).includes("Dynamic Host Configuration Protocol"),
	);
	await run("document.querySelectorAll('.switch button')[0].click()");
}

// Three words of English in a row in what the Korean page itself says: Wireshark's words are left out.
const ENGLISH = `
	const said = JSON.parse(document.getElementById("story").textContent).journeys.map(j => j.what).filter(Boolean);
	const bad = new Set();
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const at = walk.currentNode.parentElement;
		if (at.closest("script, style, noscript, code, .tree, .dump, .frame-head, #language")) continue;
		const text = said.reduce((text, what) => text.split(what).join(""), walk.currentNode.data)
			.replace(/labctl( [a-z-]+)+/g, "");
		if (/\\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\\b/.test(text)) bad.add(text);
	}
	return [...bad];`;

async function checkKorean() {
	await click("#language");
	equal("in Korean, nothing is left in English", await run(ENGLISH), []);
	await click("#language");
}

async function checkWords() {
	await checkKorean();
	await click("#language");
	const korean = await run(
		"return [document.documentElement.lang, [...document.querySelectorAll('#phases .name, .phase h2, .explain')]" +
			".every(e => /[가-힣]/.test(e.textContent)), document.querySelector('#frame h2').textContent]",
	);
	equal("Korean", [korean[0], korean[1], /[가-힣]/.test(korean[2])], ["ko", true, true]);
	await picture("korean");
	await click("#language");
	equal(
		"and English again",
		await run(
			"return [document.documentElement.lang, document.querySelector('#frame h2').textContent]",
		),
		["en", "The frame, opened"],
	);
	check(
		"remarks stand beside the packets, under no name, as the experiment gives none",
		await run(
			"return [...document.querySelectorAll('.remark')].every(r => r.querySelectorAll('dd').length >= 2 && r.querySelector('dt').textContent === 'Remark')",
		),
	);
}

async function checkTables() {
	await run("document.querySelector('.node[data-node=ldns]').dispatchEvent(new Event('click'))");
	const tables = await text("[data-tables=ldns]");
	check(
		"a node opens its tables",
		await run("return document.querySelector('[data-tables=ldns]').open"),
	);
	check(
		"the DNS cache, before and after",
		tables.includes("DNS cache") && /new.*172\.217\.25\.228/s.test(tables),
		tables,
	);
	const all = await text("#tables");
	check(
		"ARP, switch tables and leases",
		["ARP table", "Switch table", "DHCP leases"].every(name => all.includes(name)),
	);
}

// WCAG 2.2: contrast of text with what is behind it, 4.5 to 1.
const CONTRAST = `
	const channels = css => css.match(/[\\d.]+/g).map(Number);
	const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
	const behind = e => { for (; e; e = e.parentElement) { const c = channels(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] === 1) return c; }
			      return [255, 255, 255]; };
	const bad = new Set();
	for (const e of document.querySelectorAll("body *")) {
		if (e.closest("svg, .only-heard, .skip, script") || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility())
			continue;
		const [a, b] = [light(channels(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
		if ((a + .05) / (b + .05) < 4.5)
			bad.add(e.tagName + "." + e.className + " " + ((a + .05) / (b + .05)).toFixed(2));
	}
	return [...bad];`;

async function checkLooks() {
	await media({ "reduced-motion": "reduce", "color-scheme": "light" });
	for (const [width, height] of [
		[1280, 800],
		[400, 800],
	]) {
		await resize(width, height);
		await goTo("tcp");
		await choose("[SYN]");
		for (let i = 0; i < 5; i++) await click("[data-do=step]");
		equal(
			`${width} wide: nothing sticks out`,
			await run("return document.documentElement.scrollWidth"),
			width,
		);
		const size = await run(
			"const s = document.querySelector('#map svg'); return s.getBoundingClientRect().width / s.viewBox.baseVal.width * 13",
		);
		check(`${width} wide: the map can be read`, size >= 11.5, size);
		equal(
			`${width} wide: the hop table needs no scrolling`,
			await run(
				"const t = document.querySelector('.hops').parentElement; return t.scrollWidth <= t.clientWidth",
			),
			true,
		);
		await run("scrollTo(0, 0)");
		await picture(`${width}`);
		await run("document.querySelector('.hops').scrollIntoView()");
		await picture(`${width}-hops`);
		await run("scrollTo(0, 0)");
	}
	await resize(1280, 800);
	await checkBalloon("small");
	equal("light: contrast", await run(CONTRAST), []);
	await media({ "reduced-motion": "reduce", "color-scheme": "dark" });
	equal(
		"dark: the page is dark",
		await run("return getComputedStyle(document.body).backgroundColor"),
		"rgb(20, 23, 27)",
	);
	equal("dark: contrast", await run(CONTRAST), []);
	await picture("dark");
	// Every place that the packet is seen at, while it is played over some steps.
	await run(
		"window.places = new Set(); window.passed = new Set();" +
			"window.watch = new MutationObserver(() => { const p = document.querySelector('.packet.main');" +
			"if (p) { places.add(p.getAttribute('transform')); passed.add(document.body.dataset.step); } });" +
			"watch.observe(document.getElementById('map'), { subtree: true, childList: true });" +
			"document.querySelector('[data-do=play]').click()",
	);
	check("it is played without motion too", await until("return passed.size >= 4"));
	await run("document.querySelector('[data-do=play]').click(); watch.disconnect()");
	const [places, passed] = await run("return [places.size, passed.size]");
	check("but the packet is only where it is", places <= passed, { places, passed });
}

async function checkPrint() {
	await media({ "color-scheme": "dark" }, "print");
	equal(
		"on paper: every phase, no controls",
		await run(
			"return [[...document.querySelectorAll('.phase')].every(p => p.checkVisibility())," +
				"document.querySelector('#player').checkVisibility(), document.querySelector('#phases').checkVisibility()]",
		),
		[true, false, false],
	);
	await media({});
	const pdf = Buffer.from(await browser.print(), "base64");
	check(
		"it prints",
		pdf.subarray(0, 5).toString() === "%PDF-" &&
			(pdf.toString("latin1").match(/\/Type\s*\/Page\b/g) ?? []).length >= 4,
	);
	if (pictures) writeFileSync(`${pictures}/print.pdf`, pdf);
}

async function checkMarkup() {
	equal(
		"every control has a name",
		await run(
			"return [...document.querySelectorAll('button, select, input, [role=button], [role=treeitem]')]" +
				".filter(e => !e.textContent.trim() && !e.getAttribute('aria-label')).map(e => e.outerHTML.slice(0, 80))",
		),
		[],
	);
	equal(
		"every id is one",
		await run(
			"const ids = [...document.querySelectorAll('[id]')].map(e => e.id); return ids.filter((id, i) => ids.indexOf(id) !== i)",
		),
		[],
	);
	equal(
		"one item of the tree takes the focus",
		await run("return document.querySelectorAll('[role=treeitem][tabindex=\"0\"]').length"),
		1,
	);
}

// A run of which a capture is gone is not judged: the page says so, and opens where that is.
async function checkNotJudged() {
	check(
		"the head says that it was not judged",
		/^\? /.test(await text("#verdict")),
		await text("#verdict"),
	);
	check("what is missing is said", /www_eth0/.test(await text("#notes")), await text("#notes"));
	const phase = await run(
		"return document.querySelector('#phases .not-judged').closest('a').hash.slice(1)",
	);
	await browser.open(`${report}?again`);
	equal("the page opens there", await run("return document.body.dataset.phase"), phase);
	check(
		"the phase's expectations are open",
		await run("return document.querySelector('.phase:not([hidden]) .expectations').open"),
	);
	check(
		"one of them is not judged, in words",
		/not judged/.test(await text(".phase:not([hidden]) .expectations li.not-judged")),
	);
	await picture("damaged");
}

// tests/fixtures/routing: the routers on the way; a loop, which fails; a network that nobody knows.
async function checkRouting() {
	const line = words =>
		run(
			"return [...document.querySelectorAll('.phase:not([hidden]) .journeys li')].find(l => l.textContent.includes(arguments[0]))?.textContent",
			words,
		);
	equal(
		"the page opens at what failed",
		await text("#phases [aria-current=step] .name"),
		"Round and round",
	);
	equal(
		"at the packet that tells of it",
		await run(
			"return document.querySelector('.journeys [aria-current=true]').textContent.includes('id=0x0067')",
		),
		true,
	);
	check(
		"a loop is called one",
		(await text("#journey")).includes("it went round 31 times (r1 - r2 - r1)"),
	);
	check(
		"in its line, too",
		/✗ a loop: went round 31 times/.test(await line("id=0x0067")),
		await line("id=0x0067"),
	);
	await goTo("nowhere");
	await choose("id=0x006b");
	check(
		"no route is said, and what the router answered",
		(await text("#journey")).includes(
			"r2 has no route to 10.0.8.20; r2 answered: network unreachable (r2:eth0 72)",
		),
		await text("#journey"),
	);
	check(
		"an error names the packet that it is about",
		(await line("Network unreachable")).includes(
			"it is about the packet ICMP Echo (ping) request  id=0x006b",
		),
	);
	await goTo("trace");
	equal(
		"a traceroute is no loss",
		await run("return document.querySelectorAll('.phase:not([hidden]) .bad').length"),
		0,
	);
	check(
		"but said",
		/TTL used up, as intended/.test(await line("id=0x0060")),
		await line("id=0x0060"),
	);
	await choose("(ping) reply");
	await picture("routing");
	await checkBalloon("routing");
}

// What stands beside the packet never hides the packet, its node or the one that it goes to next.
async function checkBalloon(name) {
	const hides =
		"const tag = document.querySelector('.tag rect')?.getBoundingClientRect();" +
		"const covers = e => { const r = e?.getBoundingClientRect(); return tag && r && tag.left < r.right - 1 && r.left < tag.right - 1 &&" +
		"tag.top < r.bottom - 1 && r.top < tag.bottom - 1; };" +
		"return [document.querySelector('#packet b')?.textContent ?? '', Number(document.body.dataset.step), document.body.dataset.journey," +
		"[...document.querySelectorAll('.node')].filter(n => covers(n.querySelector('rect'))).map(n => n.dataset.node)" +
		".concat(covers(document.querySelector('.packet.main')) ? ['the packet'] : [])]";
	for (const width of [1280, 400]) {
		await resize(width, 800);
		await type(HOME);
		const seen = [];
		for (
			let last = -1, now = await run(hides);
			now[1] !== last && seen.length < 150;
			now = await run(hides)
		) {
			seen.push(now);
			last = now[1];
			await type(RIGHT);
		}
		const bad = seen.filter(
			([node, , journey, hidden], i) =>
				hidden.includes("the packet") ||
				hidden.includes(node) ||
				(seen[i + 1]?.[2] === journey && hidden.includes(seen[i + 1][0])),
		);
		check(
			`${name}, ${width} wide: the balloon hides nothing of the way`,
			seen.length > 10 && !bad.length,
			bad,
		);
	}
	await resize(1280, 800);
}

// Of a run that left nothing but its record, the page says what there is.
async function checkBare() {
	check("what is missing is said", (await text("#notes")).includes("topology.xml"));
	check("the run is told", (await text("#run")).includes("interrupted"), await text("#run"));
	for (const name of ["play", "step", "next", "previous", "back"])
		await run("document.querySelector(`[data-do=${arguments[0]}]`).click()", name);
	await click("#language");
	equal("and in Korean", await run("return document.documentElement.lang"), "ko");
	equal("in Korean, nothing is left in English", await run(ENGLISH), []);
}

// What the browser asked the network for, and what it complained of.
async function checkQuiet() {
	const asked = (await browser.log("performance"))
		.map(entry => JSON.parse(entry.message).message)
		.filter(m => m.method === "Network.requestWillBeSent")
		.map(m => m.params.request.url)
		.filter(url => !/^(data|chrome):/.test(url));
	check(
		"only itself is loaded",
		asked.length && asked.every(url => url.startsWith(`file://${report}`)),
		asked,
	);
	equal(
		"the console is empty",
		(await browser.log("browser")).map(entry => entry.message),
		[],
	);
}

try {
	await media({ "reduced-motion": "no-preference", "color-scheme": "light" });
	await browser.open(report);
	if (state !== "bare") await resize(1280, 800);
	const others = {
		damaged: [checkPhases, checkNotJudged, checkKorean, checkQuiet],
		routing: [checkRouting, checkKorean, checkQuiet],
		bare: [checkBare, checkQuiet],
	};
	for (const part of others[state] ?? [
		checkPhases,
		checkPlay,
		checkStep,
		checkKeyboard,
		checkFrame,
		checkWords,
		checkTables,
		checkLooks,
		checkPrint,
		checkMarkup,
		checkQuiet,
	])
		await part();
} catch (error) {
	check("the browser answers", false, error.stack);
} finally {
	await browser.close();
}
process.exit(failed ? 1 : 0);
