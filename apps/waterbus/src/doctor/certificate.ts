import { X509Certificate } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { rootCertificates } from 'node:tls';
import { readPair } from '../certificates/certificate-files.js';
import { CertificateStore } from '../certificates/certificate-store.js';
import type { CertificateSettings } from '../certificates/certificates.js';
import type { Pair } from '../certificates/pair.js';
import { type Finding, fail, ok, reasonOf, warn } from './finding.js';

/** The certificate of the page, and the name that it is for. */
export async function examineCertificate(
  settings: Omit<CertificateSettings, 'redirect'>,
  now = Date.now(),
): Promise<Finding[]> {
  const { tls, acme, publicUrl, dataDir } = settings;
  if (tls) {
    const pair = await readPair(tls).catch((error) => reasonOf(error));
    if (typeof pair === 'string') return [fail(PART, pair, 'check the files of TLS_CERT and TLS_KEY')];
    return [...ofPair(pair, publicUrl, now), ...(await ofName(publicUrl))];
  }
  if (acme) {
    const pair = await new CertificateStore(dataDir).load(acme.host).catch((error) => reasonOf(error));
    const name = await ofName(publicUrl);
    if (pair === undefined) return [ok(PART, `none yet; the start orders one from ${acme.directory}`), ...name];
    if (typeof pair === 'string')
      return [warn(PART, `the stored one: ${pair}`, 'none: the start orders another'), ...name];
    return [...ofPair(pair, publicUrl, now), ...name];
  }
  if (publicUrl?.startsWith('https:')) return [ok(PART, 'a reverse proxy has it, by the other settings')];
  return [
    warn(
      PART,
      'none: browsers give the camera to localhost only',
      'set PUBLIC_URL=https://… (docs/operations.md, TLS)',
    ),
  ];
}

function ofPair(pair: Pair, publicUrl: string | undefined, now: number): Finding[] {
  const findings: Finding[] = [];
  const host = publicUrl && new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');
  if (host && !pair.covers(host)) {
    findings.push(fail(PART, `it is for ${pair.names}, not for ${host}`, 'use one for the host of PUBLIC_URL'));
  }
  const days = Math.floor((pair.notAfter - now) / DAY);
  if (pair.notAfter < now) findings.push(fail(PART, `it has expired on ${dateOf(pair.notAfter)}`, 'renew it'));
  else if (pair.notBefore > now) {
    findings.push(fail(PART, `it is valid from ${dateOf(pair.notBefore)} on`, 'check the clock of this machine'));
  } else if (pair.notAfter - now < (pair.notAfter - pair.notBefore) / 5) {
    findings.push(warn(PART, `it expires in ${days} days`, 'renew it; with ACME see the log for the reason'));
  }
  const gap = chainGap(pair.cert);
  if (gap) findings.push(warn(PART, gap.message, gap.remedy));
  return findings.length > 0 ? findings : [ok(PART, `${pair.names}, chain to a public authority, ${days} days left`)];
}

/** Follows the issuers from the first certificate to an authority that Node, as browsers, knows. */
function chainGap(pem: string): { message: string; remedy: string } | undefined {
  const chain = (pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []).map(
    (one) => new X509Certificate(one),
  );
  const roots = rootCertificates.map((one) => new X509Certificate(one));
  let [current] = chain;
  for (const _ of chain) {
    if (!current) break;
    const { issuer } = current;
    if (roots.some((root) => root.subject === issuer && current?.verify(root.publicKey))) return undefined;
    if (current.subject === issuer) {
      return {
        message: 'no public authority has issued it',
        remedy: 'install its authority on every client, or use ACME',
      };
    }
    const next = chain.find((one) => one.subject === issuer && current?.verify(one.publicKey));
    if (!next) break;
    current = next;
  }
  const issuer = current?.issuer.replaceAll('\n', ', ') ?? '';
  return {
    message: `the chain ends before a public authority, at the issuer ${issuer}`,
    remedy: 'put the intermediate certificates into TLS_CERT too (fullchain.pem of certbot)',
  };
}

async function ofName(publicUrl: string | undefined): Promise<Finding[]> {
  if (!publicUrl) return [];
  const { hostname } = new URL(publicUrl);
  try {
    const found = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true });
    return [ok('name', `${hostname} leads to ${found.map(({ address }) => address).join(', ')}`)];
  } catch (error) {
    return [fail('name', `${hostname} leads nowhere: ${reasonOf(error)}`, 'add its A and AAAA records to the DNS')];
  }
}

function dateOf(moment: number): string {
  return new Date(moment).toISOString().slice(0, 10);
}

const PART = 'certificate';

const DAY = 86_400_000;
