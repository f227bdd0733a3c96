// Reads and tries the documentation as a person does: node docs.mjs ORIGIN TOKEN
//
// Prints each step that held, as a line; ends with an error at the first that did not.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [origin, token] = process.argv.slice(2);
assert(origin && token, "usage: node docs.mjs ORIGIN TOKEN");

const profile = await mkdtemp(join(tmpdir(), "browser-for-tests-"));
const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    headless: true,
    chromiumSandbox: false,
    args: [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ],
});
const strangers = [];
const errors = [];
try {
    const page = browser.pages()[0] ?? (await browser.newPage());
    page.setDefaultTimeout(20_000);
    page.on("request", (request) => {
        const url = new URL(request.url());
        if (url.protocol !== "data:" && url.protocol !== "blob:" && url.origin !== origin) strangers.push(url.href);
    });
    page.on("pageerror", (error) => errors.push(String(error)));

    await page.goto(`${origin}/docs`);
    const operation = page.locator(".opblock", { has: page.locator('[data-path="/api/whoami"]') });
    await operation.waitFor();
    const publicOne = page.locator(".opblock", { has: page.locator('[data-path="/health"]') });
    assert.equal(await operation.locator(".authorization__btn").count(), 1, "whoami asks for a token");
    assert.equal(await publicOne.locator(".authorization__btn").count(), 0, "health asks for none");
    const optional = page.locator(".opblock", { has: page.locator('[data-path="/api/whoami_optional"]') });
    for (const one of [operation, optional]) {
        assert.equal(await one.locator(".authorization__btn svg.unlocked").count(), 1, "nobody has signed in yet");
    }
    console.log("opened: operations with a guard have an open lock, the public one has none");
    const first = await page.locator(".opblock").first().locator("[data-path]").getAttribute("data-path");
    assert.equal(first, "/api/public");
    const summaries = await page.locator(".opblock-summary-description").allInnerTexts();
    assert.equal(summaries.length, await page.locator(".opblock").count());
    assert(summaries.every((summary) => summary.trim() !== ""), `each operation has a summary: ${summaries}`);
    console.log("in order: what works without a token comes first, and each operation has a summary");

    const dialog = page.locator(".dialog-ux");
    const openDialog = () => page.locator(".auth-wrapper > .authorize, .auth-wrapper .btn.authorize").first().click();
    const scheme = (title) => dialog.locator(".auth-container", { hasText: title });
    const bearer = scheme("(http, Bearer)");
    const password = scheme("password (OAuth2, password)");
    const closeDialog = async () => {
        await dialog.locator("button.btn-done").first().click();
        await dialog.waitFor({ state: "hidden" });
    };
    await operation.locator(".opblock-summary-control").click();
    await operation.getByRole("button", { name: "Try it out" }).click();

    // The status that the page shows for the answer to this very call.
    const execute = async () => {
        const answered = page.waitForResponse((response) => new URL(response.url()).pathname === "/api/whoami");
        await operation.getByRole("button", { name: "Execute" }).click();
        const status = String((await answered).status());
        const live = operation.locator(".live-responses-table tbody .response");
        await live.locator(".response-col_status", { hasText: status }).waitFor();
        return [status, await live.innerText()];
    };

    await openDialog();
    await bearer.locator("input").fill(token);
    await bearer.locator("button", { hasText: "Authorize" }).click();
    await bearer.locator("button", { hasText: "Logout" }).waitFor();
    await closeDialog();
    const [admitted, answer] = await execute();
    assert.equal(admitted, "200");
    const { sub } = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
    assert(answer.includes(sub), `the page shows whose token it is: ${answer}`);
    console.log("authorized: 200");

    await openDialog();
    await bearer.locator("button", { hasText: "Logout" }).click();
    await bearer.locator("input").waitFor();
    await closeDialog();
    const [refused, refusal] = await execute();
    assert.equal(refused, "401");
    assert(refusal.includes("Not authenticated"), `the page shows the refusal: ${refusal}`);
    console.log("logged out: 401");

    await openDialog();
    await password.locator("#oauth_username").fill("ada@example.com");
    await password.locator("#oauth_password").fill("password");
    await password.locator("button", { hasText: "Authorize" }).click();
    await password.locator("button", { hasText: "Logout" }).waitFor();
    await closeDialog();
    const [signedIn, own] = await execute();
    assert.equal(signedIn, "200");
    assert(own.includes(sub), `the page shows who signed in: ${own}`);
    await operation.locator(".authorization__btn svg.locked").waitFor();
    await optional.locator(".authorization__btn svg.locked").waitFor();
    console.log("signed in with username and password: 200");

    assert.deepEqual(strangers, [], "nothing comes from another host");
    assert.deepEqual(errors, [], "nothing fails on the page");
    console.log("nothing came from another host");
} finally {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
}
