/**
 * What a page does besides showing itself: finding by name, opening and closing all, a count of what is shown, and opening
 * all for the printer. Without it the page is whole and the filters work; its controls stay hidden.
 */
export const SCRIPT = `
(() => {
  const all = [...document.querySelectorAll('.r')];
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target !== null && 'open' in target) target.open = true;
  };
  addEventListener('hashchange', reveal);
  reveal();
  let closed = [];
  addEventListener('beforeprint', () => {
    closed = [...document.querySelectorAll('details:not([open])')];
    for (const element of closed) element.open = true;
  });
  addEventListener('afterprint', () => { for (const element of closed) element.open = false; });

  const form = document.querySelector('form');
  if (form === null) return;
  const tools = form.querySelector('.tools');
  const search = form.querySelector('[type=search]');
  const count = form.querySelector('.count');
  const nothing = document.querySelector('.nothing');
  const names = all.map((resource) => resource.querySelector('.find').textContent.toLowerCase());
  const total = count.textContent;
  const update = () => {
    const words = search.value.toLowerCase().split(/\\s+/);
    all.forEach((resource, index) =>
      resource.classList.toggle('unfound', !words.every((word) => names[index].includes(word))));
    const shown = all.filter((resource) => getComputedStyle(resource).display !== 'none').length;
    count.textContent = shown === all.length ? total : shown + ' of ' + total;
    nothing.hidden = shown > 0;
  };
  form.addEventListener('input', update);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', () => setTimeout(update));
  for (const button of form.querySelectorAll('[data-open]'))
    button.addEventListener('click', () => {
      for (const resource of all) resource.open = button.dataset.open === 'true';
    });
  addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target === search) return;
    event.preventDefault();
    search.focus();
  });
  tools.hidden = false;
  update();
})();
`;
