/** The user whose screens are shown, who also administers the server. */
export const ADMINISTRATOR = {
  name: 'Ada Lovelace',
  address: 'ada@example.org',
  password: 'correct horse battery',
};

/** The others in the call, in the order of joining. */
export const OTHERS = [
  'Ben Okafor',
  'Mei Lin',
  'Wilhelmina Featherstonehaugh',
  'Łukasz Żak',
  'Priya Raman',
  'Omar Haddad',
  'Grace Hopper',
  'ليلى حداد',
];

export const TITLE = 'Design review of the new harbour';
