/** The admin resources that provisioning and the portal call: rights, requests, answers. */
package it.areaclienti.keycloak.admin;
