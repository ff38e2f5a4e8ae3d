import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/** Kafka Streams: parse, an in-memory store, one output each, exactly once. Usage: BOOTSTRAP ID INPUT OUTPUT FOLDER. */
public final class AddShares {
  private static final String STORE = "shares";

  public static void main(String[] arguments) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0]);
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, arguments[1]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, arguments[4]);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put("auto.offset.reset", "earliest");
    KafkaStreams streams = new KafkaStreams(topology(arguments[2], arguments[3]), settings);
    streams.setUncaughtExceptionHandler(
        failure -> {
          failure.printStackTrace();
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(10))));
    streams.start();
  }

  private static Topology topology(String input, String output) {
    return new Topology()
        .addSource("in", new ByteArrayDeserializer(), new ByteArrayDeserializer(), input)
        .addProcessor("add", Adding::new, "in")
        .addStateStore(
            Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore(STORE), Serdes.String(), Serdes.Long()),
            "add")
        .addSink("out", output, new ByteArraySerializer(), new ByteArraySerializer(), "add");
  }

  /** Adds a confirmation's shares to its instrument's. */
  private static final class Adding implements Processor<byte[], byte[], byte[], byte[]> {
    private final ObjectMapper json = new ObjectMapper();
    private ProcessorContext<byte[], byte[]> context;
    private KeyValueStore<String, Long> store;

    @Override
    public void init(ProcessorContext<byte[], byte[]> given) {
      context = given;
      store = given.getStateStore(STORE);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      JsonNode message = read(record.value());
      String instrument = message.get("instrument").textValue();
      Long before = store.get(instrument);
      long shares =
          (before == null ? 0 : before) + Long.parseLong(message.get("body").get("quantity").textValue());
      store.put(instrument, shares);
      var at = context.recordMetadata().orElseThrow();
      String output =
          "{\"decided_at\":" + System.currentTimeMillis() + ",\"instrument\":\"" + instrument + "\",\"offset\":" + at.offset() + ",\"partition\":"
              + at.partition() + ",\"shares\":\"" + shares + "\"}";
      context.forward(
          record
              .withKey(instrument.getBytes(StandardCharsets.UTF_8))
              .withValue(output.getBytes(StandardCharsets.UTF_8)));
    }

    private JsonNode read(byte[] value) {
      try {
        return json.readTree(value);
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }
}
