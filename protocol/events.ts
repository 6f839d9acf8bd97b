const preset = [
  'UserCreated',
  'UserInviteEmailSent',
  'UserEmailVerified',
  'UserPasswordChanged',
  'UserEmailSent',
  'UserConsented',
  'UserActivated',
  'UserWithdrawn',
  'UserReset',
  'UserLoggedIn',
  'UserLoggedOut',
  'PageViewed',
  'PageError',
  'Redirected',
] as const;

/** Common event names, for consistent spelling. Any other name is also valid. */
export const eventNames = Object.fromEntries(preset.map((name) => [name, name])) as {
  readonly [Name in (typeof preset)[number]]: Name;
};

export type EventName = keyof typeof eventNames;

/** Any name. Editors autocomplete the preset names. */
export type AnyEventName = EventName | (string & Record<never, never>);
