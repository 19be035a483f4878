// Files that were searched with, kept in this browser by their vectors, so that a reload still shows and explains them.

const MOST = 20;
const base = new Promise((resolve) => {
  const request = indexedDB.open("classicxm", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("files");
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => resolve(null);
});
const now = new Map();

export async function keep(vector, file) {
  now.set(vector, file);
  const store = (await base)?.transaction("files", "readwrite").objectStore("files");
  if (!store) return;
  store.put(file, vector);
  const keys = store.getAllKeys();
  keys.onsuccess = () => {
    const old = keys.result.filter((key) => !now.has(key));
    old.slice(0, Math.max(0, keys.result.length - MOST)).forEach((key) => store.delete(key));
  };
}

export async function kept(vector) {
  if (now.has(vector)) return now.get(vector);
  const store = (await base)?.transaction("files").objectStore("files");
  if (!store) return null;
  return new Promise((resolve) => {
    const request = store.get(vector);
    request.onsuccess = () => resolve(request.result ?? null);
    request.onerror = () => resolve(null);
  });
}
