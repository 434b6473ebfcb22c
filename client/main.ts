import { createApp } from 'vue';
import App from './App.vue';
import { onSignedOut } from './graphql/client';
import { useSession } from './composables/useSession';
import { router } from './router';
import './styles/index.css';

onSignedOut(() => void useSession().forget());

createApp(App).use(router).mount('#app');
