namespace SsMfar.Campaigns.Fuzzing;

/// <summary>Makes a file that finds a fault as short as is quickly had.</summary>
internal static class Minimizer
{
    private const int MostTries = 4000;

    /// <summary>Leaves out what the fault does not need.</summary>
    /// <param name="bytes">A file that finds it.</param>
    /// <param name="finds">Whether another finds the same fault.</param>
    public static byte[] Minimize(byte[] bytes, Func<byte[], bool> finds)
    {
        int tries = 0;
        for (int size = Math.Max(1, bytes.Length / 2); size >= 1; size /= 2)
        {
            for (int at = 0; at < bytes.Length && tries < MostTries;)
            {
                int length = Math.Min(size, bytes.Length - at);
                byte[] shorter = [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at + length)];
                tries++;
                if (finds(shorter))
                {
                    bytes = shorter;
                }
                else
                {
                    at += length;
                }
            }
        }

        return bytes;
    }
}
