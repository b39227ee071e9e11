// Checks proofs of the ledger in this browser: RFC 6962 hashes, the checkpoint's Ed25519 signature, and that
// history since the last visit only grew. The server is asked for the proof and believed in nothing.
const section = document.querySelector("[data-ledger]");
const note = document.querySelector("[data-note]").textContent;
const keys = [...document.querySelectorAll("[data-key]")].map((each) => each.textContent);
const says = document.querySelector("[data-proof-says]");
const leafShown = document.querySelector("[data-leaf]");
const history = document.querySelector("[data-history]");
const text = new TextEncoder();

const bytes = (encoded) => Uint8Array.from(atob(encoded), (sign) => sign.charCodeAt(0));
const unhex = (written) => Uint8Array.from(written.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const same = (a, b) => a.length === b.length && a.every((value, i) => value === b[i]);
const joined = (...parts) => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return all;
};
const sha256 = async (data) => new Uint8Array(await crypto.subtle.digest("SHA-256", data));
const leafHash = (leaf) => sha256(joined([0], text.encode(leaf)));
const nodeHash = (left, right) => sha256(joined([1], left, right));
const half = (number) => Math.floor(number / 2);

const parse = (written) => {
  const [head, signatures] = written.split("\n\n");
  const [origin, size, root] = head.split("\n");
  return { body: head + "\n", origin, size: Number(size), root: bytes(root), lines: signatures.trim().split("\n") };
};

// Whether one of the keys that this page was given signed the checkpoint, and no known one wrongly.
const signed = async (checkpoint) => {
  let holds = false;
  for (const line of checkpoint.lines) {
    const [, name, encoded] = line.split(" ");
    const data = bytes(encoded);
    for (const written of keys) {
      const key = bytes(written.split("+").slice(2).join("+"));
      const id = (await sha256(joined(text.encode(name + "\n"), key))).slice(0, 4);
      if (!written.startsWith(name + "+") || !same(id, data.slice(0, 4))) continue;
      const imported = await crypto.subtle.importKey("raw", key.slice(1), "Ed25519", false, ["verify"]);
      if (!await crypto.subtle.verify("Ed25519", imported, data.slice(4), text.encode(checkpoint.body))) return false;
      holds = true;
    }
  }
  return holds;
};

// RFC 9162, 2.1.3.2.
const included = async (hash, index, size, path, root) => {
  let fn = index, sn = size - 1, r = hash;
  if (index >= size) return false;
  for (const p of path) {
    if (sn === 0) return false;
    if (fn % 2 || fn === sn) {
      r = await nodeHash(p, r);
      while (fn % 2 === 0 && fn !== 0) { fn = half(fn); sn = half(sn); }
    } else r = await nodeHash(r, p);
    fn = half(fn); sn = half(sn);
  }
  return sn === 0 && same(r, root);
};

// RFC 9162, 2.1.4.2.
const grew = async (first, firstRoot, second, secondRoot, given) => {
  if (first === second) return same(firstRoot, secondRoot);
  if (first > second || !given.length) return false;
  const path = Number.isInteger(Math.log2(first)) ? [firstRoot, ...given] : [...given];
  let fn = first - 1, sn = second - 1;
  while (fn % 2) { fn = half(fn); sn = half(sn); }
  let fr = path[0], sr = path[0];
  for (const c of path.slice(1)) {
    if (sn === 0) return false;
    if (fn % 2 || fn === sn) {
      fr = await nodeHash(c, fr); sr = await nodeHash(c, sr);
      while (fn % 2 === 0 && fn !== 0) { fn = half(fn); sn = half(sn); }
    } else sr = await nodeHash(sr, c);
    fn = half(fn); sn = half(sn);
  }
  return sn === 0 && same(fr, firstRoot) && same(sr, secondRoot);
};

const tell = (place, good, words) => {
  place.textContent = words;
  place.className = good ? "holds" : "wrong";
};

const check = async (of) => {
  leafShown.hidden = true;
  const answer = await fetch("/ledger/proof?of=" + encodeURIComponent(of));
  if (!answer.ok) return tell(says, false, await answer.text());
  const proof = await answer.json();
  const checkpoint = parse(proof.checkpoint);
  const event = JSON.parse(proof.leaf);
  const stands = event.seq === proof.index && await signed(checkpoint)
    && await included(await leafHash(proof.leaf), proof.index, checkpoint.size, proof.path.map(bytes), checkpoint.root);
  for (const opening of proof.openings) {
    const opened = await sha256(joined(unhex(opening.key), text.encode(opening.account)));
    if (!same(opened, unhex(event[opening.side]))) return tell(says, false, section.dataset.bad);
    event[opening.side] = opening.account;
  }
  tell(says, stands, `${of}: ${stands ? section.dataset.holds : section.dataset.bad}`);
  leafShown.textContent = JSON.stringify(event, null, 1);
  leafShown.hidden = false;
};

const lookBack = async () => {
  const now = parse(note), slot = "zhenzan-checkpoint-" + now.origin;
  if (!await signed(now)) return tell(history, false, section.dataset.bad);
  let kept = null;
  try { kept = localStorage.getItem(slot); } catch { /* nothing is kept here */ }
  if (kept) {
    const old = parse(kept);
    const answer = await (await fetch("/ledger/consistency?size=" + old.size)).json();
    const fresh = parse(answer.checkpoint);
    const holds = await signed(fresh) && await grew(old.size, old.root, fresh.size, fresh.root, answer.path.map(unhex));
    tell(history, holds, holds ? section.dataset.same : section.dataset.changed);
    if (!holds) return; // what was kept stays, as evidence
  } else tell(history, true, section.dataset.first);
  try { localStorage.setItem(slot, note); } catch { /* not allowed here */ }
};

if (!crypto.subtle) tell(history, false, section.dataset.insecure);
else {
  const attempt = (of) => check(of).catch(() => tell(says, false, section.dataset.bad));
  lookBack().catch(() => tell(history, false, section.dataset.bad));
  document.querySelector("[data-proof]").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(event.target.elements.of.value.trim());
  });
  for (const button of document.querySelectorAll("[data-check]"))
    button.addEventListener("click", () => attempt(button.dataset.check).then(() => says.scrollIntoView({ block: "center" })));
}
