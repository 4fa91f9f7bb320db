import { unreachable, WaterbusError } from '../failures.js';

type WebAuthn = typeof import('@simplewebauthn/browser');

interface Begun {
  token: string;
  options: { challenge: string };
}

/** Whether this browser supports passkeys; the server decides whether it accepts them. */
export function passkeysSupported(): boolean {
  return typeof globalThis.PublicKeyCredential === 'function';
}

/**
 * Creates a passkey in the browser. Rejects with `passkey.cancelled`, `passkey.exists`,
 * `browser.unsupported`.
 */
export async function createPasskey({ token, options }: Begun) {
  return {
    token,
    response: await inBrowser(({ startRegistration }) => startRegistration({ optionsJSON: options as never })),
  };
}

/** Signs with a passkey in the browser. Rejects with `passkey.cancelled`, `browser.unsupported`. */
export async function usePasskey({ token, options }: Begun) {
  return {
    token,
    response: await inBrowser(({ startAuthentication }) => startAuthentication({ optionsJSON: options as never })),
  };
}

/**
 * Browsers do not reveal whether the user cancelled, waited too long, or has no such passkey: pages
 * must not find it out.
 */
async function inBrowser<T>(ask: (webAuthn: WebAuthn) => Promise<T>): Promise<T> {
  if (!passkeysSupported()) throw new WaterbusError('browser.unsupported', 'This browser has no passkeys');
  // Most visits need none of it.
  const webAuthn = await import('@simplewebauthn/browser').catch((error) => {
    throw unreachable(`The code for passkeys could not be loaded: ${error}`);
  });
  try {
    return await ask(webAuthn);
  } catch (error) {
    const { name, message } = error as Error;
    if (error instanceof webAuthn.WebAuthnError && error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED') {
      throw new WaterbusError('passkey.exists', message);
    }
    // The passkey belongs to another domain than the page's.
    if (name === 'SecurityError') throw new WaterbusError('passkey.not_configured', message);
    throw new WaterbusError('passkey.cancelled', message);
  }
}
