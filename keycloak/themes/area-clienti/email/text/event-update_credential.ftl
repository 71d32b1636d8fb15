<#ftl output_format="plainText">
<#import "template.ftl" as layout>
<@layout.letter subject=msg("eventUpdateCredentialSubject")
  text=msg("eventUpdateCredentialBody", layout.credential(event.getDetail("credential_type")!""), layout.when(event.date), event.ipAddress, layout.brand, layout.support) />
