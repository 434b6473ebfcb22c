import { createRouter, createWebHistory } from 'vue-router';
import type { RouteRecordRaw } from 'vue-router';
import { useSession } from './composables/useSession';
import { texts } from './texts';

declare module 'vue-router' {
  interface RouteMeta {
    /** Shown without signing in. */
    public?: boolean;
    /** The part of the window's title that names the page. */
    title?: string;
  }
}

const accountPages: RouteRecordRaw[] = [
  { path: '', redirect: { name: 'overview' } },
  {
    path: 'overview',
    name: 'overview',
    component: () => import('./pages/OverviewPage.vue'),
    meta: { title: texts.shell.overview },
  },
  {
    path: 'deliveries',
    name: 'deliveries',
    component: () => import('./pages/DeliveriesPage.vue'),
    meta: { title: texts.shell.deliveries },
  },
  {
    path: 'metrics',
    name: 'metrics',
    component: () => import('./pages/MetricsPage.vue'),
    meta: { title: texts.shell.metrics },
  },
  { path: 'settings', redirect: { name: 'integrations' } },
  {
    path: 'settings/integrations',
    name: 'integrations',
    component: () => import('./pages/IntegrationsPage.vue'),
    meta: { title: texts.shell.integrations },
  },
  {
    path: 'settings/integrations/new',
    name: 'new-integration',
    component: () => import('./pages/IntegrationPage.vue'),
    meta: { title: texts.integrations.newTitle },
  },
  {
    path: 'settings/integrations/:webhookId',
    name: 'integration',
    component: () => import('./pages/IntegrationPage.vue'),
    props: true,
    meta: { title: texts.shell.integrations },
  },
  {
    path: 'settings/api-tokens',
    name: 'api-tokens',
    component: () => import('./pages/ApiTokensPage.vue'),
    meta: { title: texts.shell.apiTokens },
  },
  {
    path: 'settings/members',
    name: 'members',
    component: () => import('./pages/MembersPage.vue'),
    meta: { title: texts.shell.members },
  },
  {
    path: 'settings/audit-log',
    name: 'audit-log',
    component: () => import('./pages/AuditPage.vue'),
    meta: { title: texts.shell.auditLog },
  },
  {
    path: 'settings/accounts',
    name: 'accounts',
    component: () => import('./pages/AccountsPage.vue'),
    meta: { title: texts.shell.accounts },
  },
];

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'home', component: () => import('./pages/HomePage.vue') },
    {
      path: '/setup',
      name: 'setup',
      component: () => import('./pages/SetupPage.vue'),
      meta: { public: true, title: texts.setup.title },
    },
    {
      path: '/sign-in',
      name: 'sign-in',
      component: () => import('./pages/SignInPage.vue'),
      meta: { public: true, title: texts.signIn.title },
    },
    {
      path: '/invitation',
      name: 'invitation',
      component: () => import('./pages/InvitationPage.vue'),
      meta: { public: true, title: texts.invitation.loading },
    },
    {
      path: '/accounts/:accountId',
      component: () => import('./pages/AccountLayout.vue'),
      props: true,
      children: accountPages,
    },
    {
      path: '/:path(.*)*',
      component: () => import('./pages/NotFoundPage.vue'),
      meta: { public: true, title: texts.notFound.title },
    },
  ],
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
});

router.beforeEach(async (to) => {
  if (to.meta.public) return true;
  const { viewer, load } = useSession();
  if (!viewer.value) await load();
  return viewer.value ? true : { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } };
});

/** How Chromium, Firefox and Safari say that a script could not be loaded. */
const loadError = /dynamically imported module|Importing a module script failed/iu;

// After an update of the server the files that this page knows are gone: the new page has others.
router.onError(async (error, to) => {
  if (!loadError.test(String(error))) return;
  const answer = await fetch('/healthz').catch(() => null);
  if (answer?.ok) location.assign(to.fullPath);
});

router.afterEach((to) => {
  document.title = to.meta.title ? `${to.meta.title} · Hookwatch` : 'Hookwatch';
});
