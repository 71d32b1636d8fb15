package it.areaclienti.keycloak.notices;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;

import it.areaclienti.keycloak.bridge.BridgeClient;
import it.areaclienti.keycloak.bridge.BridgeRejectedException;
import it.areaclienti.keycloak.bridge.BridgeUnavailableException;
import it.areaclienti.keycloak.bridge.CheckResult;
import it.areaclienti.keycloak.bridge.MessageRequest;
import it.areaclienti.keycloak.bridge.Verification;
import it.areaclienti.keycloak.bridge.VerificationRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.keycloak.jose.jwk.JSONWebKeySet;

class NoticeSenderTest {
    private static final List<MessageRequest> THREE = List.of(message("a"), message("b"), message("c"));

    private final List<String> asked = new ArrayList<>();

    @Test
    void theRequestDoesNotWaitForTheBridge() {
        Queue<Runnable> later = new ArrayDeque<>();
        new NoticeSender(bridge(null), later::add).send(THREE);
        assertEquals(List.of(), asked);
        later.remove().run();
        assertEquals(List.of("a", "b", "c"), asked);
    }

    @Test
    void aBridgeThatDoesNotAnswerIsAskedOnce() {
        new NoticeSender(bridge(new BridgeUnavailableException("no answer")), Runnable::run).send(THREE);
        assertEquals(List.of("a"), asked);
    }

    @Test
    void aRefusedNoticeDoesNotKeepTheOthersBack() {
        new NoticeSender(bridge(new BridgeRejectedException("rate_limited", 429, 1)), Runnable::run).send(THREE);
        assertEquals(List.of("a", "b", "c"), asked);
    }

    @Test
    void anUnforeseenFailureDoesNotKeepTheOthersBack() {
        new NoticeSender(bridge(new IllegalStateException("unforeseen")), Runnable::run).send(THREE);
        assertEquals(List.of("a", "b", "c"), asked);
    }

    @Test
    void anOverloadedServerDropsTheNoticesAndNotThePage() {
        NoticeSender notices = new NoticeSender(bridge(null), task -> {
            throw new RejectedExecutionException();
        });
        assertDoesNotThrow(() -> notices.send(THREE));
        assertEquals(List.of(), asked);
    }

    private static MessageRequest message(String key) {
        return new MessageRequest(
                key, "generali", "email", "x@example.com", "it", "G1", "registration-completed", Map.of("greeting_name", ""));
    }

    private BridgeClient bridge(RuntimeException failure) {
        return new BridgeClient() {
            @Override
            public String sendMessage(MessageRequest request) {
                asked.add(request.idempotencyKey());
                if (failure != null) {
                    throw failure;
                }
                return "id";
            }

            @Override
            public Verification start(VerificationRequest request) {
                throw new UnsupportedOperationException();
            }

            @Override
            public CheckResult check(String verificationId, String code, String customerCode, String operationId) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Verification resend(String verificationId, String customerCode, String clientIp) {
                throw new UnsupportedOperationException();
            }

            @Override
            public JSONWebKeySet proofKeys() {
                throw new UnsupportedOperationException();
            }

            @Override
            public JSONWebKeySet proofKeys(String kid) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void close() {
                // Holds nothing.
            }
        };
    }
}
