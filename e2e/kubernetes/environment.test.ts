import { expect, test } from 'vitest';
import { environmentOf } from './environment.js';

test('variables are made as kubelet makes them', () => {
  const container = {
    envFrom: [{ configMapRef: { name: 'settings' } }],
    env: [
      { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'redis', key: 'password' } } },
      { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'URL', value: 'redis://:$(PASSWORD)@$(HOST):$(PORT)/$$(PASSWORD)' },
      { name: 'LATER', value: '$(LAST)' },
      { name: 'LAST', value: '1' },
      { name: 'HOST', value: 'changed' },
    ],
  };
  const surroundings = {
    configMaps: new Map([['settings', { HOST: 'redis' }]]),
    secret: (name: string, key: string) => `${key} of ${name}`,
    field: (path: string) => path,
  };
  expect(environmentOf(container, surroundings)).toEqual({
    HOST: 'changed',
    PASSWORD: 'password of redis',
    POD_IP: 'status.podIP',
    URL: 'redis://:password of redis@redis:$(PORT)/$(PASSWORD)',
    LATER: '$(LAST)',
    LAST: '1',
  });
});
