using System.CommandLine;

// Each benchmark is a command of its own, in a folder of its own.
RootCommand root = new("Measures SsMfar beside its peers. Run it on a quiet machine.");
return await root.Parse(args).InvokeAsync();
