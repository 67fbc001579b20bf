using System.CommandLine;
using System.Text.Json.Nodes;

namespace SsMfar.Benchmarks.Inference;

/// <summary><c>published-size</c>: what an application that predicts weighs, with its .NET, without its model.</summary>
internal static class PublishedSizeCommand
{
    public static Command Create()
    {
        Option<string> repository = new("--repository") {
            HelpName = "DIR",
            Description = "The clone",
            DefaultValueFactory = _ => Environment.CurrentDirectory };
        Command command = new("published-size", "Publish self-contained applications and sum up their files") { repository };
        command.SetAction(parsed => Run(parsed.GetValue(repository)!));
        return command;
    }

    private static void Run(string repository)
    {
        (string Name, string Project, string[] Arguments)[] applications =
        [
            ("SsMfar.Core (TorchSharp, libtorch for the CPU)", "tests/SsMfar.Core.Tests.RuntimeProbe", ["--self-contained", "true"]),
            ("SsMfar.Onnx", "tests/SsMfar.Onnx.AotProbe", ["--self-contained", "true", "-p:PublishAot=false", "-p:Faces=false"]),
            ("SsMfar.Onnx, NativeAOT", "tests/SsMfar.Onnx.AotProbe", ["-p:Faces=false"]),
            ("SsMfar.Onnx and SsMfar.Faces, NativeAOT", "tests/SsMfar.Onnx.AotProbe", []),
        ];
        var report = new JsonObject();
        string folder = Directory.CreateTempSubdirectory("ssmfar-sizes-").FullName;
        try
        {
            foreach ((string name, string project, string[] arguments) in applications)
            {
                string output = Path.Combine(folder, $"{report.Count}");
                ForwardPeer.Output(
                    "dotnet",
                    [
                        "publish", Path.Combine(repository, project), "-c", "Release", "-r", "linux-x64", "-o", output, "--artifacts-path",
                        output + "-artifacts", .. arguments,
                    ],
                    Environment.ProcessorCount);
                long bytes = new DirectoryInfo(output).EnumerateFiles("*", SearchOption.AllDirectories)
                    .Where(file => file.Extension is not (".pdb" or ".dbg" or ".xml")).Sum(file => file.Length);
                report[name] = new JsonObject { ["bytes"] = bytes, ["size"] = Report.Mebibytes(bytes) };
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        Report.Write(report);
    }
}
