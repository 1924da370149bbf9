// What a page of another origin can try against the local AWS: each attempt's name and what came of it.
// ENDPOINT, KEY, QUEUE, DEFINITION, BUCKET and SECRET are put in by the test; KEY is the server's own, as if it had leaked.
const authorization = (service) =>
  `AWS4-HMAC-SHA256 Credential=${KEY}/20260101/ap-northeast-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
const presigned = (service) => `X-Amz-Credential=${KEY}%2F20260101%2Fap-northeast-1%2F${service}%2Faws4_request`;
const job = JSON.stringify({ jobName: "from-a-page", jobQueue: QUEUE, jobDefinition: DEFINITION });
const send = (path, options) =>
  fetch(ENDPOINT + path, options).then(
    (reply) => (reply.type === "opaque" ? "opaque" : `read ${reply.status}`),
    () => "blocked",
  );
const simple = (path, body) => () => send(path, { method: "POST", mode: "no-cors", headers: { "Content-Type": "text/plain" }, body });
const signed = (service, path, method, body, more = {}) => () =>
  send(path, { method, body, headers: { Authorization: authorization(service), ...more } });
const element = (name, attribute, path) => () =>
  new Promise((done) => {
    const made = document.createElement(name);
    made.onload = () => done("loaded");
    made.onerror = () => done("blocked");
    made[attribute] = ENDPOINT + path;
    document.body.append(made);
  });
const form = (path, fields, enctype) => () =>
  new Promise((done) => {
    const frame = document.createElement("iframe");
    frame.name = `frame${Math.random()}`;
    const made = document.createElement("form");
    Object.assign(made, { action: ENDPOINT + path, method: "POST", target: frame.name, enctype });
    for (const [name, value] of Object.entries(fields)) {
      const field = document.createElement("textarea");
      Object.assign(field, { name, value });
      made.append(field);
    }
    document.body.append(frame, made);
    frame.onload = () => done("shown"); // what it shows cannot be read
    made.submit();
    setTimeout(() => done("shown"), 3000);
  });
const attempts = {
  "submit, simple request": simple("/v1/submitjob", job),
  "submit, presigned, simple request": simple(`/v1/submitjob?${presigned("batch")}`, job),
  "submit, signed": signed("batch", "/v1/submitjob", "POST", job),
  "submit, by a form": form(`/v1/submitjob?${presigned("batch")}`, { [job.slice(0, -1) + ',"x":"']: '"}' }, "text/plain"),
  "submit, beacon": () => Promise.resolve(String(navigator.sendBeacon(`${ENDPOINT}/v1/submitjob?${presigned("batch")}`, job))),
  "reset moto": simple("/moto-api/reset", ""),
  "record": simple("/moto-api/recorder/start-recording", ""),
  "replay": simple("/moto-api/recorder/replay-recording", ""),
  "configure moto": simple("/moto-api/config", '{"batch": {"use_docker": false}}'),
  "read moto's data": () => send("/moto-api/data.json"),
  "moto's data as a script": element("script", "src", "/moto-api/data.json"),
  "an object as an image": element("img", "src", `/${BUCKET}/kept?${presigned("s3")}`),
  "read an object": signed("s3", `/${BUCKET}/kept`, "GET"),
  "write an object": signed("s3", `/${BUCKET}/from-a-page`, "PUT", "x"),
  "delete an object": signed("s3", `/${BUCKET}/kept`, "DELETE"),
  "upload by a form": form(
    `/${BUCKET}`,
    { key: "from-a-page", "x-amz-credential": `${KEY}/20260101/ap-northeast-1/s3/aws4_request`, file: "x" },
    "multipart/form-data",
  ),
  "read a secret": signed("secretsmanager", "/", "POST", JSON.stringify({ SecretId: SECRET }), {
    "X-Amz-Target": "secretsmanager.GetSecretValue",
    "Content-Type": "application/x-amz-json-1.1",
  }),
  "who am I, in a frame": form(`/?Action=GetCallerIdentity&Version=2011-06-15&${presigned("sts")}`, {}, "text/plain"),
  "the server's own calls": () => send("/_batch/health", { headers: { Authorization: `Basic ${btoa(`${KEY}:x`)}` } }),
  "web socket": () =>
    new Promise((done) => {
      const socket = new WebSocket(`${ENDPOINT.replace("http", "ws")}/`);
      socket.onopen = () => done("opened");
      socket.onerror = () => done("blocked");
    }),
};
(async () => {
  const results = {};
  for (const [name, attempt] of Object.entries(attempts)) results[name] = await attempt();
  await fetch("/results", { method: "POST", body: JSON.stringify(results) });
})();
