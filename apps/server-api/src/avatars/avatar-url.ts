/** `avatarUrl` of a user, below the API's origin; null: no picture. */
export function avatarUrl(avatarId: string | null): string | null {
  return avatarId === null ? null : `/v1/avatars/${avatarId}`;
}
