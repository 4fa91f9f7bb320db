import { t } from '@lingui/core/macro';
import type { User } from '@waterbus/client';
import { useState } from 'react';
import { Failure } from '../parts/failure.js';
import { toast } from '../parts/toasts.js';
import { account } from '../sign-in/account.js';
import { remembered } from '../storage/remembered.js';
import { NameField } from './account-fields.js';
import { squarePicture } from './square-picture.js';
import { useForm, useSubmission } from './use-submission.js';

/** Name and picture. */
export function ProfileSection({ user }: { user: User }) {
  const [name, setName] = useState(user.name);
  const { busy, failure, submit } = useForm(async () => {
    const changed = await account.updateProfile({ name: name.trim() });
    remembered.rememberName(changed.name);
    setName(changed.name);
    toast(t`Name saved`);
  });
  return (
    <section className="card" aria-labelledby="profile-heading">
      <h2 id="profile-heading">{t`Profile`}</h2>
      <Picture user={user} />
      <form className="account-fields" onSubmit={submit}>
        <NameField value={name} onChange={setName} />
        <Failure of={failure} />
        <button type="submit" className="button" aria-disabled={busy}>
          {busy ? t`Saving…` : t`Save name`}
        </button>
      </form>
    </section>
  );
}

function Picture({ user }: { user: User }) {
  const setting = useSubmission(async (file: File) => {
    await account.setAvatar(await squarePicture(file));
    toast(t`Picture saved`);
  });
  const removing = useSubmission(async () => {
    await account.removeAvatar();
    toast(t`Picture removed`);
  });
  return (
    <div className="account-picture">
      <label className="button small" aria-disabled={setting.busy}>
        {setting.busy ? t`Saving…` : user.avatarUrl ? t`Change picture` : t`Add a picture`}
        <input
          className="visually-hidden"
          type="file"
          accept="image/*"
          onChange={(event) => {
            const [file] = event.target.files ?? [];
            // The same file once more is a choice, too.
            event.target.value = '';
            if (file) void setting.run(file);
          }}
        />
      </label>
      {user.avatarUrl && (
        <button
          type="button"
          className="button small"
          aria-disabled={removing.busy}
          onClick={() => void removing.run()}
        >
          {t`Remove picture`}
        </button>
      )}
      <Failure of={setting.failure ?? removing.failure} />
    </div>
  );
}
