import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('accounts', '0005_saved_settings'),
    ]

    operations = [
        migrations.RenameModel('SettingChange', 'AuditEvent'),
        migrations.RenameField('AuditEvent', 'name', 'about'),
        migrations.RenameField('AuditEvent', 'changed_by', 'user'),
        migrations.RenameField('AuditEvent', 'changed_at', 'happened_at'),
        migrations.AddField(
            'AuditEvent',
            'kind',
            models.CharField(choices=[('signed_in', 'Signed in'), ('sign_in_failed', 'Sign-in failed'), ('link_opened', 'Plaid Link opened'), ('access_granted', 'Access granted by a bank'), ('disconnected', 'Account disconnected'), ('deleted', 'Account deleted'), ('key_changed', 'Encryption key changed'), ('setting_changed', 'Setting changed')], default='setting_changed', max_length=16),
            preserve_default=False,
        ),
        migrations.AddField(
            'AuditEvent',
            'fingerprint',
            models.CharField(blank=True, help_text='Of the name and address of a failed sign-in.', max_length=32, default=''),
            preserve_default=False,
        ),
        migrations.AlterField(
            'AuditEvent',
            'about',
            models.CharField(blank=True, help_text='Which setting, account or connection.', max_length=60),
        ),
        migrations.AlterField(
            'AuditEvent',
            'user',
            models.ForeignKey(help_text='Null: nobody, or gone since.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            'AuditEvent',
            models.Index(fields=['-happened_at', '-id'], name='audit_events_newest_first'),
        ),
        migrations.AddIndex(
            'AuditEvent',
            models.Index(fields=['fingerprint', 'happened_at'], name='audit_events_of_sign_ins'),
        ),
    ]
