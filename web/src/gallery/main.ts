import { mount } from 'svelte';
import Gallery from './Gallery.svelte';
import '../styles/base.css';

const target = document.getElementById('app');
if (!target) throw new Error('gallery.html has no element #app');
mount(Gallery, { target });
