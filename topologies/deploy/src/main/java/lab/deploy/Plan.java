package lab.deploy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is to be done so that what runs is what is declared.
 *
 * @param kill names of topologies to be killed
 * @param await names of topologies that somebody killed, and that must be gone before they are submitted again
 * @param submit names of topologies to be submitted, once those of the same name are gone
 */
record Plan(List<String> kill, List<String> await, List<String> submit) {
  /**
   * A topology that runs.
   *
   * @param digest what it was submitted with; null for one that was not deployed by this program
   * @param killed whether it is being killed already
   */
  record Running(String id, String digest, boolean killed) {}

  /**
   * Compares.
   *
   * @param declared digests by name
   * @throws IllegalArgumentException when somebody else's topology has a declared name
   */
  static Plan of(Map<String, String> declared, Map<String, Running> running) {
    List<String> kill = new ArrayList<>();
    List<String> await = new ArrayList<>();
    List<String> submit = new ArrayList<>();
    for (Map.Entry<String, Running> entry : new TreeMap<>(running).entrySet()) {
      Running found = entry.getValue();
      String name = entry.getKey();
      String wanted = declared.get(name);
      if (found.digest() == null) {
        if (wanted == null || found.killed()) continue;
        throw new IllegalArgumentException(
            "a topology " + name + " runs that was not deployed from here; kill it, or give yours another name");
      }
      if (found.killed()) await.add(name);
      else if (!found.digest().equals(wanted)) kill.add(name);
    }
    for (String name : new TreeMap<>(declared).keySet()) {
      Running found = running.get(name);
      if (found == null || found.killed() || !found.digest().equals(declared.get(name))) submit.add(name);
    }
    return new Plan(kill, await, submit);
  }
}
