/* A program in C against the toolstack, through the proxies gdbus-codegen
   makes of its interfaces: logs in, lists the VMs, reads one name.

   usage: client BUS-ADDRESS */

#include <stdio.h>
#include <string.h>

#include "proxies.h"

#define XAPI "org.xen.xcp.xapi"
#define ROOT "/org/xen/xcp/xapi"

static GVariant *
context (const char *session)
{
  GVariantDict dict;
  g_variant_dict_init (&dict, NULL);
  if (session != NULL)
    g_variant_dict_insert (&dict, "session", "s", session);
  return g_variant_dict_end (&dict);
}

static int
fail (const char *what, GError *error)
{
  fprintf (stderr, "cannot %s: %s\n", what, error != NULL ? error->message : "it succeeded");
  g_clear_error (&error);
  return 1;
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  if (argc != 2)
    return 2;
  GDBusConnection *bus = g_dbus_connection_new_for_address_sync (
    argv[1], G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
    NULL, NULL, &error);
  if (bus == NULL)
    return fail ("connect", error);

  GDBusProxyFlags plain = G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES | G_DBUS_PROXY_FLAGS_DO_NOT_CONNECT_SIGNALS;
  XcpLocalLogin1 *login = xcp_local_login1_proxy_new_sync (bus, plain, XAPI, ROOT, NULL, &error);
  if (login == NULL)
    return fail ("reach LocalLogin1", error);
  g_autofree char *session = NULL;
  if (!xcp_local_login1_call_login_sync (login, context (NULL), &session, NULL, &error))
    return fail ("log in", error);

  XcpVM1 *vms = xcp_vm1_proxy_new_sync (bus, plain, XAPI, ROOT "/VM", NULL, &error);
  if (vms == NULL)
    return fail ("reach VM1", error);
  g_auto (GStrv) refs = NULL;
  if (!xcp_vm1_call_get_all_sync (vms, context (session), &refs, NULL, &error))
    return fail ("list the VMs", error);
  printf ("%u VMs\n", g_strv_length (refs));
  if (refs[0] == NULL)
    return fail ("find a VM", NULL);

  g_autofree char *name = NULL;
  if (!xcp_vm1_call_get_name_label_sync (vms, refs[0], context (session), &name, NULL, &error))
    return fail ("read a name", error);
  printf ("the first is called %s\n", name);

  /* A refusal carries its XenAPI code in the error's name. */
  g_autofree char *none = NULL;
  if (xcp_vm1_call_get_name_label_sync (vms, "OpaqueRef:none", context (session), &none, NULL, &error))
    return fail ("be refused", NULL);
  g_autofree char *code = g_dbus_error_get_remote_error (error);
  printf ("refused with %s\n", code);
  if (code == NULL || strcmp (code, "org.xen.xcp.Error.XenAPI.HANDLE_INVALID") != 0)
    return fail ("be refused properly", error);
  g_clear_error (&error);
  g_object_unref (vms);
  g_object_unref (login);
  g_object_unref (bus);
  return 0;
}
