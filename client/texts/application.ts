import { count } from './count';

/** What stands around the pages, and where one starts. */
export const applicationTexts = {
  common: {
    actions: 'Actions',
    cancel: 'Cancel',
    copied: 'Copied',
    copy: 'Copy',
    copyThis: (what: string) => `Copy ${what}`,
    dismiss: 'Dismiss',
    loading: 'Loading',
    shownOnce: 'This is shown once. It cannot be read again later, only replaced.',
    stored: 'I have stored it',
    tryAgain: 'Try again',
  },
  problems: {
    UNAUTHENTICATED: 'You are signed out. Sign in again to go on.',
    FORBIDDEN: 'You may see this, but not change it.',
    NOT_FOUND: 'This does not exist, or you may not see it.',
    RATE_LIMITED: 'Too many requests in a short time. Wait a minute and try again.',
    BAD_USER_INPUT:
      'The server did not understand the request. Reload the page: it may be older than the server.',
    INTERNAL: 'The server could not do this. Its log says why.',
    NETWORK: 'The server cannot be reached. Check that it runs and that you are online.',
  },
  shell: {
    accounts: 'Accounts',
    accountsMenu: 'Accounts you may see',
    apiTokens: 'API tokens',
    auditLog: 'Audit log',
    chosen: '(chosen)',
    deliveries: 'Deliveries',
    integrations: 'Integrations',
    members: 'Members',
    metrics: 'Metrics',
    navigation: 'Main navigation',
    openMenu: 'Open the menu',
    overview: 'Overview',
    settings: 'Settings',
    signOut: 'Sign out',
    skip: 'Skip to the content',
    changePassword: 'Change password',
    switchAccount: 'Switch account',
    themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
    userMenu: 'User menu',
  },
  shortcuts: {
    title: 'Keys',
    list: [
      ['/', 'Go to the filters of the log'],
      ['↑ ↓', 'Move through the rows of the log'],
      ['Enter', 'Open the attempt'],
      ['← →', 'Move between the parts of an attempt'],
      ['Esc', 'Close what is open'],
      ['Alt + ↑ ↓', 'Move a header of an integration'],
      ['?', 'Show these keys'],
    ],
  },
  home: {
    title: 'No account',
    noAccounts: 'You are not a member of any account yet. Ask an administrator to invite you.',
  },
  notFound: {
    title: 'Nothing here',
    text: 'This page does not exist, or you may not see it.',
    home: 'Go to your overview',
  },
  overview: {
    text: (account: string) => `Is ${account} getting its events delivered?`,
    healthList: 'Health of the integrations',
    allWell: 'Everything is being delivered.',
    allOff: 'All integrations are switched off: nothing is sent.',
    broken: (broken: number, all: number) =>
      all === 1
        ? 'The integration needs your attention.'
        : `${broken} of ${all} integrations need your attention.`,
    deliveriesOf: (name: string) => `Deliveries of ${name}`,
    noAttempts: 'Nothing sent yet',
    oldest: 'oldest from',
    since: 'since',
    stats: (share: string, attempts: number) =>
      `${share} of ${count(attempts, 'request', 'requests')} succeeded in the last day`,
    typical: (p50: string, p95: string) => `p50 ${p50}, p95 ${p95}`,
    strip: (name: string, shown: number, failed: number) =>
      `${name}: ${failed === 0 ? 'none' : failed} of the latest ${shown} attempts failed`,
    waiting: (pending: number, held: number) =>
      [
        pending > 0 && count(pending, 'delivery waiting', 'deliveries waiting'),
        held > 0 && count(held, 'delivery held', 'deliveries held'),
      ]
        .filter(Boolean)
        .join(', '),
  },
  start: {
    title: 'Three steps to your first delivery',
    text: 'It takes about two minutes.',
    done: '(done)',
    configure: {
      title: 'Configure an integration',
      text: 'Say where events go: Splunk’s HTTP Event Collector or any HTTPS endpoint.',
      action: 'Add an integration',
    },
    test: {
      title: 'Send a test event',
      text: 'See status, timing and reply at once, before real events depend on it.',
      action: 'Test',
    },
    watch: {
      title: 'Watch deliveries live',
      text: 'Every attempt appears as it ends: what was sent, what came back, what to do.',
      action: 'Open deliveries',
    },
  },
};
