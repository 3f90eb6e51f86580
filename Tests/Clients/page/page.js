// Calls the API of another origin and says what became of each call, one line each.
"use strict";

const api = "https://api.example.com";
const longText = "0123456789".repeat(20000);

function say(name, value) {
    document.getElementById("said").append(`${name}: ${value}\n`);
}

// A call that the browser or the gateway stops is no error of the page.
async function attempt(name, call) {
    try {
        say(name, await call());
    } catch (error) {
        say(name, `blocked, ${error.name}`);
    }
}

async function ask(method, path, options = {}) {
    const response = await fetch(api + path, { method, cache: "no-store", ...options });
    return [response.status, (await response.text()).trim(), response];
}

function talk(path) {
    return new Promise((resolve) => {
        const socket = new WebSocket(`wss://${location.host}${path}`);
        socket.onopen = () => socket.send(longText);
        socket.onmessage = (event) => {
            resolve(event.data === longText ? "echoed" : "echoed something else");
            socket.close();
        };
        socket.onerror = () => resolve("refused");
    });
}

// The browser's clock is a virtual one that only stands still while something is fetched.
async function holdTimeUntil(promise) {
    let isOver = false;
    const result = promise.finally(() => { isOver = true; });
    for (let turn = 0; turn < 200 && !isOver; turn += 1) {
        await (await fetch("page.js", { cache: "no-store" })).text();
    }
    return isOver ? result : "no answer";
}

async function run() {
    const put = {
        body: "a note of the page", headers: { "Content-Type": "text/plain", "X-Note": "1" },
    };
    say("protocol", performance.getEntriesByType("navigation")[0].nextHopProtocol);
    await attempt("get", async () => {
        const [status, text, response] = await ask("GET", "/kept/one.txt");
        return `${status} ${text}, ETag ${response.headers.get("ETag") === null ? "hidden" : "seen"}`;
    });
    await attempt("put", async () => (await ask("PUT", "/notes/page.txt", put))[0]);
    await attempt("get what was put", async () => (await ask("GET", "/notes/page.txt"))[1]);
    await attempt("delete", async () => (await ask("DELETE", "/notes/gone.txt"))[0]);
    await attempt("delete what is kept", async () => (await ask("DELETE", "/kept/one.txt"))[0]);
    await attempt("put a field too many", async () => (await ask("PUT", "/notes/field.txt", {
        body: "x", headers: { "X-Other": "1" },
    }))[0]);
    await attempt("post without a preflight", async () => {
        const [status, , response] = await ask("POST", "/kept/one.txt", { body: "x" });
        return `${status}, Allow ${response.headers.get("Allow")}`;
    });
    await attempt("websocket", () => holdTimeUntil(talk("/live/echo")));
    await attempt("websocket to a page", () => holdTimeUntil(talk("/live/page")));
    say("end", "reached");
}

run();
