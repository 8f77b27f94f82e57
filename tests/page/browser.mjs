// SPDX-License-Identifier: LGPL-2.1-or-later
// A browser without a window, driven by W3C WebDriver: chromedriver is spoken to over HTTP on loopback.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
const ARGUMENTS = [
	"--headless",
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-dev-shm-usage",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--hide-scrollbars",
	"--lang=en-US",
];

// Resolves with chromedriver's own port, once it says that it listens.
function listening(driver) {
	return new Promise((resolve, reject) => {
		let said = "";
		driver.stdout.on("data", data => {
			said += data;
			const found = said.match(/started successfully on port (\d+)/);
			if (found) resolve(Number(found[1]));
		});
		driver.on("error", reject);
		driver.on("exit", code => reject(new Error(`chromedriver ended with ${code}: ${said}`)));
	});
}

export async function openBrowser() {
	const profile = mkdtempSync(join(tmpdir(), "labd-page-"));
	const driver = spawn("chromedriver", ["--port=0"], { stdio: ["ignore", "pipe", "ignore"] });
	const base = `http://127.0.0.1:${await listening(driver)}`;

	async function ask(method, path, body) {
		const reply = await fetch(base + path, {
			method,
			body: method === "POST" ? JSON.stringify(body ?? {}) : undefined,
		});
		const { value } = await reply.json();
		if (!reply.ok) throw new Error(`${path}: ${value.error}: ${value.message}`);
		return value;
	}

	const started = await ask("POST", "/session", {
		capabilities: {
			alwaysMatch: {
				browserName: "chrome",
				"goog:loggingPrefs": { browser: "ALL", performance: "ALL" },
				"goog:chromeOptions": {
					binary: "/usr/bin/chromium",
					args: [...ARGUMENTS, `--user-data-dir=${profile}`],
				},
			},
		},
	});
	const session = `/session/${started.sessionId}`,
		post = (path, body) => ask("POST", session + path, body);
	const find = async css =>
		(await post("/element", { using: "css selector", value: css }))[ELEMENT];

	return {
		open: path => post("/url", { url: `file://${path}` }),
		run: (script, ...args) => post("/execute/sync", { script, args }),
		click: async css => post(`/element/${await find(css)}/click`),
		type: keys =>
			post("/actions", {
				actions: [
					{
						type: "key",
						id: "keys",
						actions: [...keys].flatMap(value => [
							{ type: "keyDown", value },
							{ type: "keyUp", value },
						]),
					},
				],
			}),
		devtools: (cmd, params) => post("/goog/cdp/execute", { cmd, params }),
		log: type => post("/se/log", { type }),
		picture: () => ask("GET", `${session}/screenshot`),
		print: () => post("/print", { background: true }),
		close: async () => {
			await ask("DELETE", session).catch(() => {});
			driver.removeAllListeners("exit");
			driver.kill();
			rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
		},
	};
}
