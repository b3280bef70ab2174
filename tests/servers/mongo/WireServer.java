import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.io.IOException;
import java.util.List;

/**
 * A MongoDB wire server in memory. Prints its port, and ends when its standard input does, so that
 * it never outlives the tests that started it.
 */
final class WireServer {

    /** MongoDB 5.0: the library's own versions are older than what current drivers talk to. */
    private static final class FiveZero implements MongoVersion {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
        }

        @Override
        public int getWireVersion() {
            return 13;
        }
    }

    public static void main(String[] arguments) throws IOException {
        MongoServer server = new MongoServer(new MemoryBackend().version(new FiveZero()));
        server.bind("127.0.0.1", 0);
        System.out.println(server.getLocalAddress().getPort());
        while (System.in.read() >= 0) {
            // Nothing is ever sent: the end is what is waited for.
        }
        server.shutdownNow();
        System.exit(0);
    }
}
