import { useEffect } from 'react';
import { Brand } from '../parts/brand.js';
import { CreateForm } from './create-form.js';
import { JoinForm } from './join-form.js';

export function HomePage() {
  useEffect(() => {
    document.title = 'Waterbus';
  }, []);
  return (
    <div className="page">
      <header className="page-header">
        <Brand />
      </header>
      <main className="home">
        <div className="home-intro">
          <h1>Video meetings on your own server</h1>
          <p>Create a meeting, share its link, and talk. There is nothing to install, and nobody needs an account.</p>
        </div>
        <div className="home-forms">
          <CreateForm />
          <JoinForm />
        </div>
      </main>
    </div>
  );
}
