// A volume against its manifest, and its proof against both. Every finding names a file or a record,
// in the words of `archiver verify`.

const NAME = "manifest.json";
const VOLUME_FORMAT = "archiver production, version 1";
const DATA_FILES = ["data/records.jsonl", "records.jsonl"];

async function bytesOf(file) {
  const parts = [];
  const reader = file.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joined(...parts);
    parts.push(value);
  }
}

async function checkVolume(volume, proofs, told) {
  const result = { name: volume.name, findings: [], files: [], records: [], refused: null, proof: null };
  let manifest, digest;
  try {
    const data = await bytesOf(volume.files.get(NAME));
    digest = hex(await sha256(data));
    manifest = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data));
    if (!isManifest(manifest)) throw new Error();
  } catch {
    result.refused = `${volume.name}/${NAME} is damaged: nothing can be checked with it`;
    return result;
  }
  Object.assign(result, { manifest, digest });
  await checkFiles(volume, manifest, result, told);
  const chosen = await proofFor(volume, digest, proofs);
  if (chosen) await checkProof(volume, manifest, digest, chosen, result, told);
  return result;
}

function isManifest(found) {
  const lists = (list, fits) => list === undefined || (Array.isArray(list) && list.every((one) => one && fits(one)));
  const whole = Number.isInteger;
  return found.format === VOLUME_FORMAT && Array.isArray(found.files) &&
    lists(found.files, (one) => typeof one.path === "string" && whole(one.size) && typeof one.sha256 === "string" &&
      !one.path.startsWith("/") && !one.path.split("/").includes("..") && !one.path.includes("\0")) &&
    lists(found.released, (one) => whole(one.number) && typeof one.first_page === "string" &&
      lists(one.redactions, (bar) => typeof bar.field === "string")) &&
    lists(found.withheld, (one) => whole(one.sheet));
}

async function checkFiles(volume, manifest, result, told) {
  const listed = new Map(manifest.files.map((one) => [one.path, one]));
  const total = manifest.files.reduce((sum, one) => sum + one.size, 0);
  let done = 0;
  for (const { path, size, sha256: wanted } of listed.values()) {
    const file = volume.files.get(path);
    let problem = null;
    if (!file) problem = "is missing";
    else {
      let found = "";
      try {
        found = await digestOf(file, size, (many) => told("files", (done += many), total));
      } catch (error) {
        if (error.name === "NotReadableError" || error.name === "NotFoundError") {
          problem = "cannot be read (the browser may not open it)";
        }
      }
      if (!problem && found !== wanted) problem = "was changed since it was produced";
    }
    result.files.push({ path, size, problem });
    if (problem) result.findings.push(`${path} ${problem}`);
  }
  for (const path of [...volume.files.keys()].sort()) {
    if (path === NAME || listed.has(path)) continue;
    const problem = "does not belong to it";
    result.files.push({ path, size: volume.files.get(path).size, problem });
    result.findings.push(`${path} ${problem}`);
  }
}

// The proof whose name is the volume's, else the one that names this manifest, else the only one.
async function proofFor(volume, digest, proofs) {
  const named = proofs.find((one) => one.name === `${volume.plainName}.proof.json`);
  if (named) return named;
  for (const one of proofs) {
    if (new TextDecoder("latin1").decode(one.bytes).includes(digest)) return one;
  }
  return proofs.length === 1 ? proofs[0] : null;
}

async function checkProof(volume, manifest, digest, chosen, result, told) {
  const problems = [];
  try {
    const read = await readProof(chosen.bytes);
    problems.push(...read.problems);
    if (read.statement.manifest !== digest) {
      result.findings.push(`${NAME} is not the one the proof was made for`);
    }
    const seals = await checkSeals(read.said, problems);
    await checkRecords(volume, manifest, read.said, seals, result, told);
    let dated = null;
    if (read.token) {
      try {
        dated = await stampOf(read.token, read.digest);
      } catch (error) {
        problems.push(`its time stamp: ${error.message}`);
      }
    }
    const sheets = JSON.stringify((manifest.withheld || []).map((one) => one.sheet));
    if (JSON.stringify(read.said.withheld.map((one) => one.sheet)) !== sheets) {
      problems.push(`it names other sheets of withheld records than ${NAME}`);
    }
    result.proof = { name: chosen.name, ...read.statement, key: read.key, valid: read.valid, dated };
  } catch (error) {
    problems.push(error instanceof Damaged ? error.message : DAMAGED);
  }
  for (const problem of new Set(problems)) result.findings.push(`${chosen.name}: ${problem}`);
}

async function* linesOf(file) {
  const decoder = new TextDecoder();
  const reader = file.stream().getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop();
    for (const line of lines) yield readLine(line);
    if (done) break;
  }
  if (rest) yield readLine(rest);
}

function readLine(line) {
  try {
    const found = JSON.parse(line);
    return found && typeof found === "object" ? found : {};
  } catch {
    return {};
  }
}

async function checkRecords(volume, manifest, said, seals, result, told) {
  const released = new Map((manifest.released || []).map((one) => [one.number, one]));
  const path = DATA_FILES.find((name) => volume.files.has(name));
  const lines = path ? linesOf(volume.files.get(path)) : null;
  const met = new Set();
  let line = null, compared = Boolean(path), done = 0;
  const next = async () => {
    try {
      return (await lines.next()).value ?? null;
    } catch {
      compared = false;
      return null;
    }
  };
  for (const entry of said.records) {
    const problems = [];
    if (!entry.earlier && lines) {
      line = await next();
      if (!line || line.number !== entry.number) {
        problems.push("the data file tells of another record in its place");
        line = null;
      }
    }
    const proven = await provenGroups(entry, line, problems);
    const seal = await sealOf(entry, seals, problems);
    const name = `record ${entry.number} (page ${entry.first_page})` +
      (entry.earlier ? `, version ${entry.version}` : "");
    problems.push(...against(released.get(entry.number), entry));
    for (const problem of problems) result.findings.push(`${name}: ${problem}`);
    met.add(entry.number);
    result.records.push({ entry, name, problems, seal, proven: seal ? proven : [] });
    if (++done % 50 === 0) told("records", done, said.records.length);
  }
  if (lines && compared && (await next()) !== null) {
    result.findings.push(`${path} tells of more records than the proof`);
  }
  if (path && !compared) result.findings.push(`${path} cannot be compared with the proof`);
  for (const [number, one] of released) {
    if (!met.has(number)) {
      result.findings.push(`record ${number} (page ${one.first_page}): the proof says nothing of it`);
    }
  }
}

// A text on which no bar lies is always opened: else it could be changed unseen.
function against(released, entry) {
  if (!released || released.first_page !== entry.first_page) return ["manifest.json tells of another page"];
  const field = entry.earlier ? `version:${entry.version}.text` : "text";
  const covered = (released.redactions || []).some((bar) => bar.field === field);
  if (covered === (entry.groups.text === "closed")) return [];
  return [covered ? "its text is covered, yet the proof opens it" : "its text is not covered, yet the proof keeps it closed"];
}

async function sealOf(entry, seals, problems) {
  if (!entry.sealed) return null;
  const seal = seals.get(entry.sealed.seal);
  let found = false;
  try {
    const path = entry.sealed.path.map((step) => fromHex(step, 32));
    found = Boolean(seal) && (await leads(fromHex(entry.leaf, 32), entry.sealed, path, seal.root));
  } catch {
    found = false;
  }
  if (!found) problems.push(`its path does not lead to seal ${entry.sealed.seal}`);
  return found ? seal : null;
}

async function provenGroups(entry, line, problems) {
  let commitments, leaf;
  try {
    commitments = GROUPS.map((group) => fromHex(entry.commitments[group], 32));
    leaf = fromHex(entry.leaf, 32);
    if (Object.keys(entry.groups).sort().join() !== [...GROUPS].sort().join()) throw new Error();
  } catch {
    problems.push("its proof cannot be read");
    return [];
  }
  if (!same(await sha256(ENCODE.encode("\0version\n"), ...commitments), leaf)) {
    problems.push("its commitments do not make its leaf");
    return [];
  }
  const proven = [];
  for (const [at, group] of GROUPS.entries()) {
    const held = entry.groups[group];
    if (typeof held === "string") {
      if (held !== "closed") problems.push("its proof cannot be read");
      continue;
    }
    let opens = false;
    try {
      const made = await sha256(fromHex(held.key, 32), ENCODE.encode(held.content));
      opens = same(made, commitments[at]);
    } catch {
      opens = false;
    }
    if (!opens) {
      problems.push(`its ${group} is not what the city committed to`);
      continue;
    }
    for (const named of line ? differing(group, held.content, line, entry) : []) {
      problems.push(`${named} in the data file is not what the city sealed`);
    }
    proven.push(group);
  }
  return proven;
}

// Text as it is shown: what no font can draw is U+FFFD.
const shown = (text) => text.replace(/\u{10f800}?[\u{10f000}-\u{10f800}]/gu, "\ufffd");

function differing(group, content, line, entry) {
  let earlier = null;
  try {
    if (entry.earlier) {
      earlier = (line.earlier_versions || []).find((one) => one.version === entry.version);
      if (!earlier) return ["an earlier version"];
    }
    const said = SAID[group](shown(content), line, earlier);
    const alike = (one, other) => JSON.stringify(one) === JSON.stringify(other);
    return Object.keys(said).filter((name) => name in line && !alike(said[name], line[name]));
  } catch {
    return [`its ${group}`];
  }
}

const personWords = (person) => person.display_name ||
  (person.handle ? `@${person.handle.replace(/^@/, "")}` : person.native_id || "");

const SAID = {
  text: (content, line, earlier) =>
    earlier ? (earlier.text === content ? {} : { earlier_versions: null }) : { text: content },
  author: (content, line) => {
    const author = JSON.parse(content);
    const told = line.recipients ?? [];
    if (!Array.isArray(told)) throw new Error("no list");
    const people = (author.recipients || []).map(personWords);
    const alike = told.length === people.length && people.every((one, at) => told[at].endsWith(one));
    return {
      author_name: author.display_name || "",
      author_handle: author.handle || "",
      author_id: author.native_id || "",
      author_role: author.role,
      recipients: alike ? told : people,
    };
  },
  place: (content) => {
    const place = JSON.parse(content);
    return {
      platform: place.platform,
      kind: place.kind,
      form: place.form || "",
      native_id: place.native_id,
      created_at: place.created_at,
      visibility: place.visibility,
    };
  },
  details: (content, line, earlier) => {
    const details = JSON.parse(content);
    const said = {
      url: details.url || null,
      links: details.links || [],
      content_state: details.content_state,
    };
    if (line.language != null) said.language = details.language ?? null;
    if (!earlier) said.captured_at = details.observed_at;
    else if (earlier.captured_at !== details.observed_at) said.earlier_versions = null;
    return said;
  },
  media: (content) => ({ media: JSON.parse(content) }),
};
