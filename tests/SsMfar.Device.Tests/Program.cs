using System.CommandLine;
using SsMfar.Kernels.TensorLists;
using SsMfar.Runtime;
using SsMfar.Tests;
using SsMfar.Tests.Host;
using SsMfar.Tests.Kit;
using TorchSharp;

// What eng/cuda/run.sh starts where there is a GPU and no SDK. 0 is success, 1 a finding, 2 a libtorch that cannot be used.
Option<string> device = new("--device") { Description = "cpu, cuda or cuda:N.", DefaultValueFactory = _ => "cpu" };
Option<int> batch = new("--batch") { Description = "Images in a batch.", DefaultValueFactory = _ => 32 };
Option<int> size = new("--size") { Description = "Pixels a side.", DefaultValueFactory = _ => 112 };
Option<string?> recipe = new("--recipe") { Description = "Only this recipe." };
Option<string?> filter = new("--filter") { Description = "Only tests whose name contains this." };
RootCommand root = new("Runs SsMfar on the devices of this machine.")
{
    Make("libtorch", "Which libtorch was loaded, and whether it has all that TorchSharp needs.", [], _ => LibTorchReport.Run(Console.Out)),
    Make(
        "kernels",
        "Whether this libtorch compiles the script of the fused kernels; one that does not ends the process.",
        [device],
        parsed => Kernels(parsed.GetValue(device)!)),
    Make("suite", "Every test of this assembly.", [filter], parsed =>
        TestHost.Run(typeof(Program).Assembly, Console.Out, filter: parsed.GetValue(filter))),
    Make(
        "train",
        "A few steps of each recipe and variant.",
        [device, batch, size, recipe],
        parsed => ShortTrainings.Run(
            parsed.GetValue(device)!, parsed.GetValue(batch), parsed.GetValue(size), parsed.GetValue(recipe), Console.Out)),
    Make(
        "memory",
        "The memory that a training takes at its highest.",
        [device, batch, size],
        parsed => PeakMemory.Run(parsed.GetValue(device)!, parsed.GetValue(batch), parsed.GetValue(size), Console.Out)),
};
return root.Parse(args).Invoke();

static Command Make(string name, string description, IReadOnlyList<Option> options, Func<ParseResult, int> run)
{
    Command command = new(name, description);
    foreach (Option option in options)
    {
        command.Add(option);
    }

    command.SetAction(parsed =>
    {
        try
        {
            DeviceSetup.Initialize();
            return run(parsed);
        }
        catch (Exception e) when (e is TorchRuntimeException or DeviceNotAvailableException)
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }
    });
    return command;
}

static int Kernels(string device)
{
    torch.Device where = ComputeDevice.Parse(device).Resolve();
    using torch.Tensor average = torch.zeros(3, device: where), value = torch.ones(3, device: where);
    new ScriptedKernels().Lerp([average], [value], 0.25);
    using torch.Tensor sum = average.sum();
    Console.WriteLine("the script of the fused kernels compiles");
    return sum.to(torch.CPU).item<float>() == 0.75f ? 0 : 1;
}
