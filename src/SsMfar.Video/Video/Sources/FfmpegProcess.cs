using System.ComponentModel;
using System.Diagnostics;

namespace SsMfar.Video;

/// <summary>Starts the programs of ffmpeg, and says in one sentence what is wrong where they are not there.</summary>
internal static class FfmpegProcess
{
    /// <exception cref="VideoSourceException">There is no such program.</exception>
    public static Process Start(string program, IEnumerable<string> arguments, string video)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        try
        {
            Process process = Process.Start(start)!;
            process.StandardInput.Close();
            return process;
        }
        catch (Exception absent) when (absent is Win32Exception or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new VideoSourceException(
                video,
                $"the program {program} is not installed or not on the path",
                "Install ffmpeg, or give a folder of numbered images.",
                absent);
        }
    }

    /// <summary>Runs to the end.</summary>
    /// <returns>The exit code, standard output and standard error.</returns>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        string program, IEnumerable<string> arguments, string video, CancellationToken cancellationToken)
    {
        using Process process = Start(program, arguments, video);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return (process.ExitCode, await output.ConfigureAwait(false), await error.ConfigureAwait(false));
        }
        catch
        {
            End(process);
            throw;
        }
    }

    /// <summary>Ends a process that nobody needs any more.</summary>
    public static void End(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception gone) when (gone is InvalidOperationException or Win32Exception)
        {
            // It has ended by itself.
        }
    }
}
