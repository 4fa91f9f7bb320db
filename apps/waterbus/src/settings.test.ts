import { describe, expect, it } from 'vitest';
import { readSettings } from './settings.js';

const problems = (environment: Record<string, string>) => {
  const result = readSettings(environment);
  return 'problems' in result ? result.problems : [];
};

describe('settings', () => {
  it('has a default for every setting', () => {
    const result = readSettings({});
    if (!('settings' in result)) throw new Error(result.problems.join());
    expect(result.settings).toMatchObject({ httpPort: 8080, mediaPort: 40_000, dataDir: './data', logLevel: 'info' });
    expect(result.settings.mediaTcp).toBe(true);
    expect(result.settings.mediaWorkers).toBeGreaterThan(0);
    expect(result.settings.announcedAddresses).toBeUndefined();
  });

  it('is closed by default, and opens to the listed proxies and origins', () => {
    const closed = readSettings({});
    expect(closed).toMatchObject({
      settings: { trustedProxies: [], allowedOrigins: [], frameAncestors: [], listenAddress: undefined },
    });
    const opened = readSettings({
      TRUSTED_PROXIES: '10.0.0.0/8, 2001:db8::/32,192.0.2.1',
      ALLOWED_ORIGINS: 'https://shop.example.org, http://localhost:3000',
      LISTEN_ADDRESS: '127.0.0.1',
    });
    expect(opened).toMatchObject({
      settings: {
        trustedProxies: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.1'],
        allowedOrigins: ['https://shop.example.org', 'http://localhost:3000'],
        listenAddress: '127.0.0.1',
      },
    });
  });

  it('has no listener for metrics by default, and opens it on this host alone', () => {
    expect(readSettings({})).toMatchObject({ settings: { metrics: undefined } });
    const METRICS_PORT = '9464';
    expect(readSettings({ METRICS_PORT })).toMatchObject({ settings: { metrics: { port: 9464, host: '127.0.0.1' } } });
    expect(readSettings({ METRICS_PORT, METRICS_HOST: '::' })).toMatchObject({ settings: { metrics: { host: '::' } } });
    expect(problems({ METRICS_PORT, HTTP_PORT: METRICS_PORT })).toEqual([
      'METRICS_PORT: must be another port than HTTP_PORT',
    ]);
  });

  it('sends no traces by default, and none to an address that is no collector', () => {
    expect(readSettings({})).toMatchObject({ settings: { otlpEndpoint: undefined } });
    const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:4318';
    expect(readSettings({ OTEL_EXPORTER_OTLP_ENDPOINT })).toMatchObject({
      settings: { otlpEndpoint: OTEL_EXPORTER_OTLP_ENDPOINT },
    });
    const [problem] = problems({ OTEL_EXPORTER_OTLP_ENDPOINT: 'grpc://user:secret@collector' });
    expect(problem).toMatch(/^OTEL_EXPORTER_OTLP_ENDPOINT: must be an address/);
    expect(problem).not.toContain('secret');
  });

  it('names the setting that replaced TRUST_PROXY', () => {
    expect(problems({ TRUST_PROXY: '1' })[0]).toContain('TRUSTED_PROXIES');
    expect(problems({ PROXY_PROTOCOL: 'on' })[0]).toMatch(/^PROXY_PROTOCOL: .*TRUSTED_PROXIES/);
    const proxied = readSettings({ PROXY_PROTOCOL: 'on', TRUSTED_PROXIES: '10.0.0.1' });
    expect(proxied).toMatchObject({ settings: { proxyProtocol: true } });
  });

  it('requires STUN servers for public addresses', () => {
    expect(problems({ ANNOUNCED_ADDRESSES: 'auto' })).toMatchObject([expect.stringMatching(/^STUN_SERVERS: /)]);
    const STUN_SERVERS = 'stun.example.org:3478,[2001:db8::1]:3478';
    expect(readSettings({ ANNOUNCED_ADDRESSES: '10.0.0.1, auto', STUN_SERVERS })).toMatchObject({
      settings: {
        announcedAddresses: ['10.0.0.1', 'auto'],
        stunServers: [
          { host: 'stun.example.org', port: 3478 },
          { host: '2001:db8::1', port: 3478 },
        ],
      },
    });
  });

  it('reads the ways through TURN servers, and never prints their secrets', () => {
    expect(readSettings({})).toMatchObject({
      settings: { turn: { urls: undefined, port: undefined }, iceServers: [] },
    });
    const ICE_SERVERS = JSON.stringify([
      { urls: 'stun:stun.example.org' },
      { urls: ['turn:turn.example.org:3478?transport=udp', 'turns:turn.example.org'], secret: 'shared' },
    ]);
    expect(readSettings({ TURN_URLS: 'turns:a.example:443?transport=tcp, turn:[::1]', ICE_SERVERS })).toMatchObject({
      settings: {
        turn: { urls: ['turns:a.example:443?transport=tcp', 'turn:[::1]'] },
        iceServers: [
          { urls: ['stun:stun.example.org'] },
          { urls: ['turn:turn.example.org:3478?transport=udp', 'turns:turn.example.org'], secret: 'shared' },
        ],
      },
    });
    expect(readSettings({ TURN_URLS: 'off' })).toMatchObject({ settings: { turn: undefined } });
    for (const [PUBLIC_URL, turn] of [
      ['https://meet.example.org', 'turns:meet.example.org:443?transport=tcp'],
      ['http://[2001:db8::1]:8080', 'turn:[2001:db8::1]:8080?transport=tcp'],
    ]) {
      expect(readSettings({ TURN_URLS: 'page', PUBLIC_URL })).toMatchObject({ settings: { turn: { urls: [turn] } } });
    }
    expect(problems({ TURN_URLS: 'page' })).toMatchObject([expect.stringMatching(/^TURN_URLS: .*PUBLIC_URL/)]);
    for (const [TURN_PORT, udpAlone] of [
      ['3478', false],
      ['8080', true],
    ] as const) {
      expect(readSettings({ TURN_PORT })).toMatchObject({ settings: { turn: { port: Number(TURN_PORT), udpAlone } } });
    }
    const ofWorkers: Record<string, string>[] = [
      { MEDIA_EXTRA_PORTS: '443' },
      { MEDIA_PORT: '440', MEDIA_WORKERS: '8', HTTP_PORT: '80' },
    ];
    for (const given of ofWorkers) {
      expect(problems({ TURN_PORT: '443', ...given })).toMatchObject([expect.stringMatching(/^TURN_PORT: .*media/)]);
    }
    expect(problems({ TURN_URLS: 'off', TURN_PORT: '3478' })).toMatchObject([expect.stringMatching(/^TURN_PORT: /)]);
    expect(problems({ ICE_SERVERS: '[{"secret":"canary"}]' }).join()).not.toContain('canary');
  });

  it('treats an empty variable as unset', () => {
    expect(problems({ HTTP_PORT: '', SECRET: '' })).toEqual([]);
  });

  it.each([
    ['HTTP_PORT', '80x80'],
    ['HTTP_PORT', '0'],
    ['HTTP_PORT', '70000'],
    ['MEDIA_PORT', '-1'],
    ['MEDIA_WORKERS', '0'],
    ['ANNOUNCED_ADDRESSES', '10.0.0.1,localhost'],
    ['ANNOUNCED_ADDRESSES', '10.0.0,10.0.0.1'],
    ['POD_INDEX', 'ws-0'],
    ['STUN_SERVERS', 'stun.example.org'],
    ['TURN_URLS', 'https://meet.example.org'],
    ['TURN_URLS', 'turn:meet.example.org?transport=tls'],
    ['TURN_PORT', 'on'],
    ['ICE_SERVERS', 'turn:turn.example.org'],
    ['ICE_SERVERS', '[{"urls":"http://turn.example.org","secret":"s"}]'],
    ['ICE_SERVERS', '[{"urls":"turn:turn.example.org"}]'],
    ['ICE_SERVERS', '[{"urls":"turn:turn.example.org","username":"u"}]'],
    ['DATABASE_URL', 'mysql://x'],
    ['SECRET', 'short'],
    ['LOG_LEVEL', 'loud'],
    ['TLS_CERT', '/does/not/exist'],
    ['TRUST_PROXY', '1'],
    ['TRUSTED_PROXIES', 'haproxy'],
    ['PROXY_PROTOCOL', 'v1'],
    ['TRUSTED_PROXIES', '10.0.0.0/8, 10.0.0.0/33'],
    ['TRUSTED_PROXIES', '0.0.0.0/0'],
    ['LISTEN_ADDRESS', 'localhost'],
    ['ALLOWED_ORIGINS', '*'],
    ['FRAME_ANCESTORS', '*'],
    ['ALLOWED_ORIGINS', 'https://shop.example.org/meet'],
    ['PUBLIC_URL', 'https://example.org/meet'],
    ['PUBLIC_URL', 'meet.example.org'],
    ['API_KEYS', 'wbk_short_1234'],
    ['PRIVATE_WEBHOOKS', 'maybe'],
    ['REGISTRATION', 'yes'],
    ['MEETING_CREATION', 'nobody'],
    ['GUESTS', 'some'],
    ['OWNERLESS_MEETING_DAYS', '0'],
    ['AUDIT_DAYS', '0'],
    ['QUALITY_DAYS', '-1'],
    ['QUALITY_DAYS', '3651'],
    ['CHAT_FILES', 'yes'],
    ['SERVICE_WORKER', 'no'],
    ['CHAT_FILE_BYTES', '0'],
    ['CHAT_FILES_TOTAL_BYTES', '5G'],
    ['CHAT_FILE_TYPES', 'pdf,a/b'],
    ['ATTENDANCE_DAYS', '0'],
    ['ATTENDANCE_DAYS', '3651'],
  ])('reports a wrong %s in one line that names it', (name, value) => {
    const lines = problems({ [name]: value });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^${name}: `));
    expect(lines[0]).not.toContain('\n');
  });

  it('reports all wrong settings at once', () => {
    expect(problems({ HTTP_PORT: 'a', MEDIA_PORT: 'b' })).toHaveLength(2);
  });

  it('never prints a secret', () => {
    expect(problems({ SECRET: 'hunter2', DATABASE_URL: 'mysql://u:hunter2@h/d' }).join('\n')).not.toContain('hunter2');
  });

  it('requires both settings of TLS', () => {
    expect(problems({ TLS_CERT: import.meta.filename })[0]).toMatch(/^TLS_KEY: /);
  });

  it('requires a secret with an external database', () => {
    expect(problems({ DATABASE_URL: 'postgres://localhost/waterbus' })[0]).toMatch(/^SECRET: /);
    expect(problems({ DATABASE_URL: 'postgres://localhost/waterbus', SECRET: 'x'.repeat(32) })).toEqual([]);
  });

  it('requires a shared database with a shared Redis, and Redis for a part of a cluster', () => {
    const secret = 'x'.repeat(32);
    const [REDIS_URL, DATABASE_URL] = ['redis://localhost', 'postgres://localhost/waterbus'];
    expect(problems({ REDIS_URL, SECRET: secret })[0]).toMatch(/^DATABASE_URL: /);
    expect(problems({ REDIS_URL, DATABASE_URL, SECRET: secret })).toEqual([]);
    expect(problems({ REDIS_URL })[0]).toMatch(/^SECRET: /);
    const part = (environment: Record<string, string>, name: 'api' | 'ws') => readSettings(environment, [name]);
    expect(part({ DATABASE_URL, SECRET: secret }, 'api')).toEqual({
      problems: [expect.stringMatching(/^REDIS_URL: /)],
    });
    expect(part({ REDIS_URL, SECRET: secret }, 'ws')).toHaveProperty('settings');
  });

  it('reads Redis behind Sentinels or as a Cluster, and rejects two kinds at once', () => {
    const part = (environment: Record<string, string>) => {
      const result = readSettings({ SECRET: 'x'.repeat(32), ...environment }, ['ws']);
      return 'settings' in result ? result.settings.redis : result.problems;
    };
    const sentinels = { REDIS_SENTINELS: 's1:26379, [::1]:26380', REDIS_SENTINEL_NAME: 'waterbus' };
    expect(part({ ...sentinels, REDIS_PASSWORD: 'one', REDIS_SENTINEL_PASSWORD: 'two' })).toEqual({
      sentinels: [
        { host: 's1', port: 26_379 },
        { host: '::1', port: 26_380 },
      ],
      name: 'waterbus',
      password: 'one',
      sentinelPassword: 'two',
      tls: false,
    });
    expect(part({ REDIS_CLUSTER_NODES: 'r1:6379', REDIS_TLS: '1' })).toEqual({
      clusterNodes: [{ host: 'r1', port: 6379 }],
      tls: true,
    });
    expect(part({ ...sentinels, REDIS_URL: 'redis://localhost' })).toEqual([expect.stringMatching(/^REDIS_URL: only/)]);
    expect(part({ REDIS_SENTINELS: 's1:26379' })).toEqual(
      expect.arrayContaining([expect.stringMatching(/^REDIS_SENTINEL_NAME: /)]),
    );
    expect(part({ REDIS_SENTINELS: 's1' })).toEqual([expect.stringMatching(/^REDIS_SENTINELS: .* \(it is "s1"\)$/)]);
  });

  it('gives a node of a cluster a new id on each start, unless NODE_ID is set', () => {
    const environment = { REDIS_URL: 'redis://localhost', SECRET: 'x'.repeat(32) };
    const id = (more: Record<string, string> = {}) => {
      const result = readSettings({ ...environment, ...more }, ['ws']);
      return 'settings' in result ? result.settings.nodeId : '';
    };
    expect(id()).not.toBe(id());
    expect(id({ NODE_ID: 'ws-7' })).toBe('ws-7');
    expect(problems({ NODE_ID: 'WS 7' })[0]).toMatch(/^NODE_ID: /);
    expect(problems({ SIGNALLING_ORIGINS: 'ws.example.org' })[0]).toMatch(/^SIGNALLING_ORIGINS: /);
  });

  it('requires settings that belong together', () => {
    expect(problems({ SMTP_URL: 'smtp://mail.example.org' })).toEqual([
      'MAIL_FROM: must be set too when SMTP_URL is',
      'PUBLIC_URL: must be set too when SMTP_URL is',
    ]);
    expect(problems({ OIDC_ISSUER: 'https://id.example.org', PUBLIC_URL: 'https://meet.example.org' })).toEqual([
      'OIDC_CLIENT_ID: must be set too when OIDC_ISSUER is',
    ]);
    expect(problems({ S3_BUCKET: 'avatars' })).toHaveLength(4);
    expect(problems({ PUBLIC_URL: 'https://meet.example.org' })).toEqual([]);
  });

  it('reads the services', () => {
    const result = readSettings({
      PUBLIC_URL: 'https://meet.example.org/',
      SMTP_URL: 'smtps://user:word@mail.example.org',
      MAIL_FROM: 'Waterbus <meet@example.org>',
      OIDC_ISSUER: 'https://id.example.org',
      OIDC_CLIENT_ID: 'waterbus',
      API_KEYS: `wbk_crm_${'a'.repeat(32)}, wbk_site_${'b'.repeat(40)}`,
      CHAT_FILES_TOTAL_BYTES: '1000000000000',
      CHAT_FILE_TYPES: '.PDF, png',
    });
    if (!('settings' in result)) throw new Error(result.problems.join());
    expect(result.settings).toMatchObject({
      publicUrl: 'https://meet.example.org',
      mail: { url: 'smtps://user:word@mail.example.org', from: 'Waterbus <meet@example.org>' },
      identityProviders: [{ id: 'oidc', issuer: 'https://id.example.org', clientId: 'waterbus' }],
      apiKeys: [{ secret: `wbk_crm_${'a'.repeat(32)}` }, { secret: `wbk_site_${'b'.repeat(40)}` }],
      s3: undefined,
      files: { offered: true, largest: 26_214_400, total: 1_000_000_000_000, types: ['pdf', 'png'] },
      privateWebhooks: false,
      sessionDays: 90,
    });
  });

  it('reads administrators, and refuses addresses that nobody can verify', () => {
    const id = '0b4ff3ac-58a9-4f0b-9d9b-5f9e5d3f3c11';
    const withMail = {
      SMTP_URL: 'smtp://mail.example.org',
      MAIL_FROM: 'a@example.org',
      PUBLIC_URL: 'https://example.org',
    };
    const result = readSettings({ ...withMail, ADMINS: `Ada@Example.org, ${id}` });
    expect('settings' in result && result.settings.administrators).toEqual(['ada@example.org', id]);
    expect(readSettings({ ADMINS: id })).toHaveProperty('settings');
    expect(readSettings({ ADMINS: `${id},ada@example.org` })).toEqual({
      problems: [expect.stringMatching(/^ADMINS: nobody can verify ada@example.org/)],
    });
    expect(readSettings({ ADMINS: 'ada' })).toEqual({
      problems: [expect.stringMatching(/^ADMINS: .*'ada' is neither/)],
    });
  });

  it('reads the access settings; the server is open to everybody by default', () => {
    const openingOf = (environment: Record<string, string>) => {
      const result = readSettings(environment);
      if (!('settings' in result)) throw new Error(result.problems.join());
      return result.settings.opening;
    };
    expect(openingOf({})).toEqual({ registration: 'open', meetingCreation: 'everybody', guests: true });
    expect(openingOf({ REGISTRATION: 'invited', MEETING_CREATION: 'accounts', GUESTS: '0' })).toEqual({
      registration: 'invited',
      meetingCreation: 'accounts',
      guests: false,
    });
    expect(readSettings({})).toMatchObject({ settings: { ownerlessMeetingDays: 90 } });
    expect(readSettings({ OWNERLESS_MEETING_DAYS: '7' })).toMatchObject({ settings: { ownerlessMeetingDays: 7 } });
  });

  it('keeps the audit logs for a year by default', () => {
    expect(readSettings({})).toMatchObject({ settings: { auditDays: 365 } });
    expect(readSettings({ AUDIT_DAYS: '30' })).toMatchObject({ settings: { auditDays: 30 } });
  });

  it('keeps call quality for 30 days by default, and not at all on request', () => {
    expect(readSettings({})).toMatchObject({ settings: { qualityDays: 30 } });
    expect(readSettings({ QUALITY_DAYS: '0' })).toMatchObject({ settings: { qualityDays: 0 } });
  });

  it('never prints a secret of a service', () => {
    const lines = problems({
      SMTP_URL: 'http://u:hunter2@h',
      API_KEYS: 'hunter2',
      S3_ENDPOINT: 'ftp://hunter2',
      OIDC_CLIENT_SECRET: '',
    });
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join('\n')).not.toContain('hunter2');
  });

  it('accepts names among the announced addresses, and chooses the list of this pod', () => {
    const lists = '203.0.113.1;203.0.113.2,ws-1.example.org';
    expect(readSettings({ ANNOUNCED_ADDRESSES: 'ws-1.example.org', POD_INDEX: '1' })).toMatchObject({
      settings: { announcedAddresses: ['ws-1.example.org'] },
    });
    expect(readSettings({ ANNOUNCED_ADDRESSES: lists, POD_INDEX: '1' })).toMatchObject({
      settings: { announcedAddresses: ['203.0.113.2', 'ws-1.example.org'] },
    });
    for (const index of ['', '2']) {
      expect(problems({ ANNOUNCED_ADDRESSES: lists, POD_INDEX: index })).toMatchObject([
        expect.stringMatching(/^POD_INDEX: /),
      ]);
    }
  });

  it('accepts any free media port, whatever the port of the page', () => {
    expect(readSettings({ MEDIA_PORT: '0', MEDIA_WORKERS: '256', HTTP_PORT: '80' })).toMatchObject({
      settings: { mediaPort: 0, mediaTcp: true },
    });
  });

  it('keeps the workers’ ports below 65536', () => {
    expect(problems({ MEDIA_PORT: '65535', MEDIA_WORKERS: '2' })[0]).toMatch(/^MEDIA_PORT: /);
    for (const ports of ['40001', Array.from({ length: 15 }, (_, n) => n + 1).join(), '443,443', '443,x', '0']) {
      expect(problems({ MEDIA_WORKERS: '2', MEDIA_EXTRA_PORTS: ports })[0], ports).toMatch(/^MEDIA_EXTRA_PORTS: /);
    }
    expect(problems({ HTTP_PORT: '443', MEDIA_PORT: '442', MEDIA_WORKERS: '2', MEDIA_TCP: '1' })[0]).toMatch(
      /^MEDIA_TCP: /,
    );
  });
});
