// A project that is too large for anybody to read, with names that mean harm.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const AUTHS = ["", "authorizer: aws_iam", "authorizer: { name: pool, arn: 'arn:aws:cognito-idp:eu-west-1:1:userpool/x' }", "private: true", "authorizer: ${ssm:/auth/arn}"];
const METHODS = ["get", "post", "put", "delete"];
const SERVICES = 20;
const EACH = 250;

export const ENDPOINTS = SERVICES * EACH;

export const NAMES = [
  "<script>document.title='owned'</script>",
  "<img src=http://127.0.0.1:9/x onerror=document.title='owned'>",
  "\" onmouseover=alert(1) x=\"' onfocus=alert(1) autofocus '",
  "</script><script>document.title='owned'</script><!--",
  "</td></tr></table><h1>owned</h1>",
  "right\u202eto\u2066left\u200b",
  "nul\u0000 escape\u001b[31m",
  "javascript:alert(1)",
  "L".repeat(3000),
];

// Writes the project into a folder: one service in a hostile folder, the rest plain.
export function write(folder) {
  for (let service = 0; service < SERVICES; service += 1) {
    const lines = [`service: svc${service}`, "provider:", "  name: aws", "  stage: dev", "functions:"];
    for (let nth = 0; nth < EACH; nth += 1) {
      const number = service * EACH + nth;
      const auth = AUTHS[number % AUTHS.length];
      const method = METHODS[number % METHODS.length];
      lines.push(`  fn${number}:`, `    handler: h.f${number}`, "    events:", "      - http:", `          path: items${number}/{id}`, `          method: ${method}`);
      if (auth) lines.push(`          ${auth}`);
    }
    store(folder, `svc${String(service).padStart(2, "0")}`, lines);
  }
  const lines = ["service: hostile", "provider:", "  name: aws", "functions:"];
  NAMES.forEach((name, nth) => {
    lines.push(`  bad${nth}:`, "    handler: a.b # " + name.replaceAll(/[\u0000-\u001f]/g, " "), "    events:", "      - http:", `          path: ${JSON.stringify(`bad${nth}/${name}`)}`, "          method: post");
  });
  store(folder, "<script>document.title='owned'<", lines);
}

function store(folder, name, lines) {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, "serverless.yml"), `${lines.join("\n")}\n`);
}
