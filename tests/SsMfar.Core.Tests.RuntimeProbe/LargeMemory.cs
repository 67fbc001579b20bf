using System.Globalization;
using SsMfar.Data;

namespace SsMfar.Tests.RuntimeProbe;

/// <summary>How much of a process's memory is asked for in large pages, as Linux's table of it says.</summary>
internal static class LargeMemory
{
    private const string AskedFor = "hg";

    /// <summary>Prints the kilobytes that room for decoded images adds.</summary>
    /// <param name="bytes">How much room.</param>
    public static void Print(int bytes)
    {
        long before = Kilobytes();
        using ImageCacheStore store = ImageCacheStore.InMemory(bytes);
        Console.WriteLine(Kilobytes() - before);
    }

    private static long Kilobytes()
    {
        long sum = 0, size = 0;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (words[0])
            {
                case "Size:":
                    size = long.Parse(words[1], CultureInfo.InvariantCulture);
                    break;
                case "VmFlags:" when words.Contains(AskedFor):
                    sum += size;
                    break;
            }
        }

        return sum;
    }
}
